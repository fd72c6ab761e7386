import type { KafkaMessage } from 'kafkajs';
import { MODULES, require } from '../modules.js';

type DecodeMessageSet = (decoder: object, size: number) => Promise<KafkaMessage[]>;
type Decoder = new (bytes: Buffer) => object;

/** Decodes the message formats v0 and v1 with kafkajs's decoder. Brokers before 4.0 may still hold them. */
export async function decodeOldFormats(bytes: Buffer): Promise<KafkaMessage[]> {
  const decode = require(MODULES.oldFormats) as DecodeMessageSet;
  const DecoderOf = require(MODULES.decoder) as Decoder;
  return decode(new DecoderOf(bytes), bytes.length);
}
