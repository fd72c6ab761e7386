import { createRequire } from 'node:module';
import { toTimestamp, type Timestamp } from '#pipeline';
import { FetchedRecord, NO_HEADERS, type BatchContext } from './fetched-record.js';
import { RecordReader } from './record-reader.js';
import { replaceModule } from './replace-module.js';

/** kafkajs's reader of a response: where it stands, and in what. */
interface Decoder {
  buffer: Buffer;
  offset: number;
}

interface Codec {
  decompress(buffer: Buffer): Promise<Buffer>;
}

type ReadRecordBatch = (decoder: Decoder) => Promise<{ records: FetchedRecord[] }>;

const BATCH_MODULE = 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
const CODECS_MODULE = 'kafkajs/src/protocol/message/compression/index.js';

const require = createRequire(import.meta.url);
const { lookupCodecByAttributes } = require(CODECS_MODULE) as {
  lookupCodecByAttributes: (attributes: number) => Codec | null;
};

/**
 * Has kafkajs read fetched records as {@link readRecordBatch} does. Its own way makes a dozen objects for each, of which
 * it keeps seven, with the offset and the timestamp as text. Nothing else of kafkajs is changed. Safe to call more than
 * once; kafkajs reads its decoder when it first fetches.
 *
 * @throws Error where kafkajs is not built as 2.2.4 is
 */
export function installRecordDecoding(): void {
  replaceModule(BATCH_MODULE, readRecordBatch);
}

/** Offset and length; the length does not count them. */
const PREAMBLE_BYTES = 12;
const LENGTH_AT = 8;
const ATTRIBUTES_AT = 21;
const LAST_OFFSET_DELTA_AT = 23;
const FIRST_TIMESTAMP_AT = 27;
const MAX_TIMESTAMP_AT = 35;
const PRODUCER_ID_AT = 43;
const COUNT_AT = 57;
const RECORDS_AT = 61;

const IS_LOG_APPEND_TIME = 0x08;
const IS_TRANSACTIONAL = 0x10;
const IS_CONTROL = 0x20;

/**
 * A batch of the message format v2, and the decoder past it: https://kafka.apache.org/documentation/#recordbatch
 *
 * @throws an error named KafkaJSPartialMessageError where the broker cut the batch off, as it may at the end of a fetch
 */
export const readRecordBatch: ReadRecordBatch = async (decoder) => {
  const length = PREAMBLE_BYTES + decoder.buffer.readInt32BE(decoder.offset + LENGTH_AT);
  const batch = decoder.buffer.subarray(decoder.offset, decoder.offset + length);
  decoder.offset += length;
  if (batch.length < length) throw partialBatch(batch.length, length);

  const attributes = batch.readInt16BE(ATTRIBUTES_AT);
  const count = batch.readInt32BE(COUNT_AT);
  const firstOffset = Number(batch.readBigInt64BE(0));
  const lastOffset = firstOffset + batch.readInt32BE(LAST_OFFSET_DELTA_AT);
  if (count <= 0) return { records: [standIn(lastOffset)] };
  const codec = lookupCodecByAttributes(attributes);
  const records =
    codec === null
      ? new RecordReader(batch, RECORDS_AT)
      : new RecordReader(await codec.decompress(batch.subarray(RECORDS_AT)), 0);
  const context: BatchContext = {
    producerId: String(batch.readBigInt64BE(PRODUCER_ID_AT)),
    inTransaction: (attributes & IS_TRANSACTIONAL) !== 0,
    isControlBatch: (attributes & IS_CONTROL) !== 0,
    isAborted: false,
  };
  const maxTimestamp = batch.readBigInt64BE(MAX_TIMESTAMP_AT);
  const clock =
    (attributes & IS_LOG_APPEND_TIME) !== 0
      ? new Clock(maxTimestamp, false)
      : new Clock(batch.readBigInt64BE(FIRST_TIMESTAMP_AT), true);
  const read = Array.from({ length: count }, () => records.record(firstOffset, clock, context));
  if (read.at(-1)?.position !== lastOffset) read.push(standIn(lastOffset));
  return { records: read };
};

const NO_BYTES = Buffer.alloc(0);

/**
 * Ends a batch that compaction has taken the last record of: kafkajs goes on behind the last record that it sees, and
 * would fetch the rest of the batch offset by offset, or an empty one for ever.
 */
function standIn(offset: number): FetchedRecord {
  return new FetchedRecord(NO_BYTES, offset, 0, 0, -1, 0, -1, NO_HEADERS, REMOVED);
}

const REMOVED: BatchContext = {
  producerId: '-1',
  inTransaction: false,
  isControlBatch: true,
  isAborted: false,
};

/** The times of a batch's records, in milliseconds since 1970. */
class Clock {
  readonly #first: number;

  constructor(
    private readonly first: bigint,
    /** Whether each record has its own. */
    private readonly isCreateTime: boolean,
  ) {
    this.#first = Number(first);
  }

  after(deltaMs: number | bigint): Timestamp {
    if (!this.isCreateTime) return toTimestamp(this.first);
    const sum = this.#first + Number(deltaMs);
    return Number.isSafeInteger(sum) ? sum : toTimestamp(BigInt.asIntN(64, this.first + BigInt(deltaMs)));
  }
}

function partialBatch(bytes: number, length: number): Error {
  return Object.assign(new Error(`a record batch of ${length} bytes was cut off after ${bytes}`), {
    name: 'KafkaJSPartialMessageError',
  });
}
