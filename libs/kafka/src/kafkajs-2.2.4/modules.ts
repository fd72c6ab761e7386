import { createRequire } from 'node:module';

/** The internal files of kafkajs 2.2.4 that are patched or used. */
export const MODULES = {
  broker: 'kafkajs/src/broker/index.js',
  connection: 'kafkajs/src/network/connection.js',
  consumerGroup: 'kafkajs/src/consumer/consumerGroup.js',
  decoder: 'kafkajs/src/protocol/decoder.js',
  encoder: 'kafkajs/src/protocol/encoder.js',
  errors: 'kafkajs/src/protocol/error.js',
  fetchedMessages: 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js',
  login: 'kafkajs/src/broker/saslAuthenticator/index.js',
  oldFormats: 'kafkajs/src/protocol/messageSet/decoder.js',
  produceRequest: 'kafkajs/src/protocol/requests/produce/v3/request.js',
  runner: 'kafkajs/src/consumer/runner.js',
} as const;

/** Resolves the same kafkajs that imports resolve to. */
export const require = createRequire(import.meta.url);
