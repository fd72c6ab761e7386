import { createRequire } from 'node:module';
import { isPatchable, type PatchTarget } from '#patching';
import type { DecodingLimits } from '../records/record-set.js';
import { registerCodecs } from './codecs.js';
import { patchCommittedReads } from './reading/committed-records.js';
import { patchConsumer } from './consumer/consumer-corrections.js';
import { limitDecoding, patchDecoding } from './reading/deferred-decoding.js';
import { patchFetchHeartbeats } from './consumer/fetch-heartbeats.js';
import { MODULES } from './modules.js';
import { patchPreparedLogins } from './prepared-logins.js';
import { patchProduceRequest } from './sending/produce-request.js';
import { patchWholeResponses } from './reading/response-socket.js';
import { patchSilentConnections } from './silent-connections.js';

const KAFKAJS: PatchTarget = {
  name: 'kafkajs',
  version: '2.2.4',
  files: Object.values(MODULES),
  unloaded: [MODULES.fetchedMessages, MODULES.produceRequest],
  cost:
    'it may read records of aborted transactions and miss committed ones, the memory for a fetch is unlimited, ' +
    'the consumer may hang after a failed join or on a dead connection, lag behind open transactions shows ' +
    'as 0, a token endpoint that fails costs connections, and an event takes about 50% more CPU',
};

let isPatched: boolean | null = null;

/**
 * Applies all patches or none, for every consumer and producer of this process. Returns whether kafkajs is patched; if
 * not, a process warning says why, and kafkajs works as published. Safe to call more than once; the last limits apply.
 */
export function installPatches(limits?: DecodingLimits): boolean {
  if (limits !== undefined) limitDecoding(limits);
  isPatched ??= install();
  return isPatched;
}

function install(): boolean {
  // Uses kafkajs's public table of codecs, so it works in any version.
  registerCodecs();
  if (!isPatchable(KAFKAJS, createRequire(import.meta.url))) return false;
  patchDecoding();
  patchCommittedReads();
  patchFetchHeartbeats();
  // Wraps the fetch above: a consumer that is not in its group must not begin one.
  patchConsumer();
  patchProduceRequest();
  patchWholeResponses();
  patchSilentConnections();
  patchPreparedLogins();
  return true;
}
