import { createRequire } from 'node:module';

/*
 * The parts of kafkajs 2.2.4 that the simulation takes the place of, or whose errors it makes. Everything above the
 * Broker class is the real one.
 */

export const require = createRequire(import.meta.url);

interface Errors {
  KafkaJSRequestTimeoutError: new (message: string, details: object) => Error;
  KafkaJSConnectionError: new (message: string, details: object) => Error;
  KafkaJSConnectionClosedError: new (message: string, details: object) => Error;
  KafkaJSOffsetOutOfRange: new (error: Error, details: object) => Error;
}

interface ProtocolErrors {
  createErrorFromCode: (code: number) => Error & { type: string };
  errorCodes: { type: string; code: number }[];
}

export const errors = require('kafkajs/src/errors') as Errors;
const { createErrorFromCode, errorCodes } = require('kafkajs/src/protocol/error') as ProtocolErrors;

/** What a broker returns by this name. */
export function brokerError(type: string): Error {
  const known = errorCodes.find((each) => each.type === type);
  if (known === undefined) throw new Error(`Kafka has no error ${type}`);
  return createErrorFromCode(known.code);
}

export interface Runner {
  fetch(nodeId: number): Promise<unknown[]>;
}

/** The class whose `fetch` a loop calls that never lets go of the event loop. */
export const RUNNER_MODULE = 'kafkajs/src/consumer/runner.js';
export const Runner = require(RUNNER_MODULE) as new (options: unknown) => Runner;

type DecodeMessages = (decoder: object) => Promise<object[]>;

/**
 * The records of a fetch response, read as kafkajs does, with what the product has put in its decoder's place. Loaded
 * with the first fetch: it keeps the decoder that it finds.
 */
export async function decodeMessages(bytes: Buffer): Promise<object[]> {
  const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
  const decode = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as DecodeMessages;
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return decode(new Decoder(Buffer.concat([size, bytes])));
}
