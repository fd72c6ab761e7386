import { FetchedRecord, type BatchContext } from '../../records/fetched-record.js';
import { throttled } from '../../transport/throttling.js';
import { MODULES, require } from '../modules.js';
import { UnreadRecords, type AbortedTransaction } from './unread-records.js';

interface FetchResponse {
  /** How long the broker accepts no more fetches because this client exceeds a quota, in milliseconds. */
  clientSideThrottleTime?: number;
  responses: {
    partitions: { messages: unknown[]; abortedTransactions?: AbortedTransaction[] }[];
  }[];
}

interface Broker {
  fetch: (request: unknown) => Promise<FetchResponse>;
}

/** A control record's key consists of a version and a type, 16 bits each. */
const CONTROL_KEY_BYTES = 4;
const CONTROL_TYPE_AT = 2;
const ABORT = 0;

/**
 * Fixes how kafkajs reads committed records. It assumes that the broker lists aborted transactions in the order in
 * which they began, but the broker lists them in the order in which they ended. It also mistakes keys of ordinary
 * records for markers. As a result it returns aborted records and drops committed ones.
 */
export function patchCommittedReads(): void {
  const { prototype } = require(MODULES.broker) as { prototype: Broker };
  const { fetch } = prototype;
  prototype.fetch = fetchCommitted;

  async function fetchCommitted(this: Broker, request: unknown): Promise<FetchResponse> {
    const response = await fetch.call(this, request);
    const throttleMs = response.clientSideThrottleTime ?? 0;
    if (throttleMs > 0) throttled(throttleMs);
    for (const { partitions } of response.responses) {
      for (const partition of partitions) {
        // The records are marked once they are decoded.
        if (partition.messages instanceof UnreadRecords) {
          partition.messages.aborted = partition.abortedTransactions ?? [];
        }
        // Without a list, kafkajs skips only the marked records.
        partition.abortedTransactions = [];
      }
    }
    return response;
  }
}

/**
 * Marks the records of aborted transactions, so that kafkajs skips them like control records. A transactional batch is
 * aborted if its producer has a listed transaction that began at or before it and whose marker comes later. Records of
 * one batch share their context object; records of formats before v2 have no transactions.
 */
export function markAborted(records: readonly unknown[], aborted: readonly AbortedTransaction[]): void {
  if (aborted.length === 0) return;
  const begun = beginningsByProducer(aborted);
  let batch: BatchContext | null = null;
  for (const record of records) {
    if (!(record instanceof FetchedRecord) || record.batchContext === batch) continue;
    batch = record.batchContext;
    const beginnings = begun.get(batch.producerId);
    if (beginnings === undefined) continue;
    if (isAbortMarker(record)) beginnings.endUpTo(record.position);
    else batch.isAborted = batch.inTransaction && beginnings.isOpenAt(record.position);
  }
}

function isAbortMarker({ batchContext, key }: FetchedRecord): boolean {
  if (!batchContext.isControlBatch || key === null || key.length < CONTROL_KEY_BYTES) return false;
  return key.readInt16BE(CONTROL_TYPE_AT) === ABORT;
}

function beginningsByProducer(aborted: readonly AbortedTransaction[]): Map<string, Beginnings> {
  const byProducer = Map.groupBy(aborted, ({ producerId }) => producerId);
  return new Map([...byProducer].map(([producerId, own]) => [producerId, new Beginnings(own)]));
}

/** The first offsets of a producer's aborted transactions, and how many of these have ended. */
class Beginnings {
  readonly #offsets: number[];
  #ended = 0;

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#offsets = transactions.map(({ firstOffset }) => Number(firstOffset)).sort((a, b) => a - b);
  }

  isOpenAt(offset: number): boolean {
    return (this.#offsets[this.#ended] ?? Infinity) <= offset;
  }

  /** Ends more than one transaction if compaction removed an earlier marker. */
  endUpTo(offset: number): void {
    while (this.isOpenAt(offset)) this.#ended += 1;
  }
}
