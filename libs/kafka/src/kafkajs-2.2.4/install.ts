import { createRequire } from 'node:module';
import { isPatchable, type PatchTarget } from '#patching';
import type { DecodingLimits } from '../records/record-set.js';
import { registerCodecs } from './codecs.js';
import { patchCommittedReads } from './committed-records.js';
import { patchConsumer } from './consumer-corrections.js';
import { limitDecoding, patchDecoding } from './deferred-decoding.js';
import { patchFetchHeartbeats } from './fetch-heartbeats.js';
import { MODULES } from './modules.js';
import { patchProduceRequest } from './produce-request.js';
import { patchWholeResponses } from './response-socket.js';
import { patchSilentConnections } from './silent-connections.js';

const KAFKAJS: PatchTarget = {
  name: 'kafkajs',
  version: '2.2.4',
  files: Object.values(MODULES),
  unloaded: [MODULES.fetchedMessages, MODULES.produceRequest],
  cost:
    'records of aborted transactions may be read and committed ones missed, the memory that a fetch takes has no limit, ' +
    'the consumer may stand still after a failed join or on a dead connection, lag behind open transactions looks ' +
    'like 0, and an event takes about half as much CPU again',
};

let isPatched: boolean | null = null;

/**
 * Patches kafkajs, all of it or nothing: for every consumer and producer of this process. Returns whether it is patched;
 * if not, a process warning says why, and kafkajs works as published. Safe to call more than once; the last limits hold.
 */
export function installPatches(limits?: DecodingLimits): boolean {
  if (limits !== undefined) limitDecoding(limits);
  isPatched ??= install();
  return isPatched;
}

function install(): boolean {
  // Through kafkajs's public table of codecs, whatever the version.
  registerCodecs();
  if (!isPatchable(KAFKAJS, createRequire(import.meta.url))) return false;
  patchDecoding();
  patchCommittedReads();
  // Around it the corrections: a consumer that is outside of its group begins no fetch.
  patchFetchHeartbeats();
  patchConsumer();
  patchProduceRequest();
  patchWholeResponses();
  patchSilentConnections();
  return true;
}
