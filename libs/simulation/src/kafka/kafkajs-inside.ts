import { createRequire } from 'node:module';

/*
 * The parts of kafkajs 2.2.4 that the simulation replaces, or whose errors it creates. Everything above the Broker class
 * is real.
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

/** The broker error of this name. */
export function brokerError(type: string): Error {
  const known = errorCodes.find((each) => each.type === type);
  if (known === undefined) throw new Error(`Kafka has no error ${type}`);
  return createErrorFromCode(known.code);
}

export interface Runner {
  fetch(nodeId: number): Promise<unknown[]>;
}

/** The class whose `fetch` is called by a loop that may never yield to the event loop. */
export const RUNNER_MODULE = 'kafkajs/src/consumer/runner.js';
export const Runner = require(RUNNER_MODULE) as new (options: unknown) => Runner;

type DecodeMessages = (decoder: object) => Promise<object[]>;

/**
 * Decodes the records of a fetch response as kafkajs does, with the product's replacement of its decoder. Loads kafkajs's
 * code at the first fetch, because it keeps the decoder that it finds.
 */
export async function decodeMessages(bytes: Buffer): Promise<object[]> {
  const Decoder = require('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;
  const decode = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js') as DecodeMessages;
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return decode(new Decoder(Buffer.concat([size, bytes])));
}
