import { setImmediate as giveWay } from 'node:timers/promises';
import type { Batch, KafkaMessage } from 'kafkajs';
import { replaceModule } from '#patching';
import type { Undecodable } from '#pipeline';
import { markAborted } from './committed-records.js';
import type { FetchedRecord } from '../../records/fetched-record.js';
import { decodeSet, type DecodingLimits } from '../../records/record-set.js';
import { MODULES, require } from '../modules.js';
import { UnreadRecords } from './unread-records.js';

/** The fields of kafkajs's `Batch` that decoding fills in. */
export interface DecodedBatch extends Batch {
  fetchedOffset: string;
  rawMessages: readonly unknown[];
  messagesWithinOffset: readonly (FetchedRecord | KafkaMessage)[];
  undecodable?: Undecodable | null;
}

interface Runner {
  running: boolean;
  heartbeat: () => Promise<void>;
  handleBatch: (batch: DecodedBatch) => Promise<void>;
}

interface Decoder {
  readInt32: () => number;
  canReadBytes: (count: number) => boolean;
  readBytes: (count: number) => Buffer;
}

/** How long decoding runs before it yields to the event loop. */
const TURN_MS = 30;

let limits: DecodingLimits = { memoryBytes: 32 * 1024 * 1024, batchBytes: 1024 * 1024 * 1024 };

export function limitDecoding(wanted: DecodingLimits): void {
  limits = wanted;
}

/**
 * Defers decoding until a partition's fetch is handled, so that only one partition is decoded at a time, within limits,
 * and with heartbeats in between. kafkajs decodes a whole response up front, creates a dozen objects per record, and
 * decompresses a batch to any size.
 *
 * A fetch without messages reaches eachBatch too: its other records advance the partition's position, and `undecodable`
 * reports a batch that cannot be decoded.
 */
export function patchDecoding(): void {
  replaceModule(require, MODULES.fetchedMessages, takeUnread);
  const { prototype } = require(MODULES.runner) as { prototype: Runner };
  const { handleBatch } = prototype;
  prototype.handleBatch = handleDecoded;

  async function handleDecoded(this: Runner, batch: DecodedBatch): Promise<void> {
    if (this.running && batch.rawMessages instanceof UnreadRecords)
      await decode(this, batch, batch.rawMessages);
    await handleBatch.call(this, batch);
  }
}

async function takeUnread(decoder: Decoder): Promise<UnreadRecords> {
  const size = decoder.readInt32();
  const isThere = size > 0 && decoder.canReadBytes(size);
  return new UnreadRecords(isThere ? decoder.readBytes(size) : Buffer.alloc(0));
}

async function decode(runner: Runner, batch: DecodedBatch, unread: UnreadRecords): Promise<void> {
  const { topic, partition } = batch;
  const fetchedOffset = Number(batch.fetchedOffset);
  const set = { topic, partition, fetchedOffset, bytes: unread.bytes };
  const { records, undecodable } = await decodeSet(set, limits, paceOf(runner));
  markAborted(records, unread.aborted);
  const within = records.filter(({ offset }) => Number(offset) >= fetchedOffset);
  batch.rawMessages = records;
  batch.messagesWithinOffset = within;
  batch.messages = within.filter(isMessage) as KafkaMessage[];
  batch.undecodable = undecodable;
  // kafkajs skips empty batches.
  if (within.length > 0 || undecodable !== null) batch.isEmpty = () => false;
  // For a batch without records, kafkajs would continue at the end of the log.
  if (undecodable !== null) batch.lastOffset = () => String(undecodable.first - 1);
}

function isMessage(record: object): boolean {
  return !('isControlRecord' in record && record.isControlRecord === true);
}

/** kafkajs sends only the heartbeats that are due; they throw on a rebalance. */
function paceOf(runner: Runner): () => Promise<void> | undefined {
  let turnEnds = performance.now() + TURN_MS;
  return () => (performance.now() < turnEnds ? undefined : turn());

  async function turn(): Promise<void> {
    await giveWay();
    await runner.heartbeat();
    turnEnds = performance.now() + TURN_MS;
  }
}
