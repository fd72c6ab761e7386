import { FetchedRecord, type BatchContext } from '../records/fetched-record.js';
import { throttled } from '../transport/throttling.js';
import { MODULES, require } from './modules.js';
import { UnreadRecords, type AbortedTransaction } from './unread-records.js';

interface FetchResponse {
  /** How long the broker takes no more fetches: a quota of this client is exceeded. Milliseconds. */
  clientSideThrottleTime?: number;
  responses: {
    partitions: { messages: unknown[]; abortedTransactions?: AbortedTransaction[] }[];
  }[];
}

interface Broker {
  fetch: (request: unknown) => Promise<FetchResponse>;
}

/** A control record's key is a version and a type, 16 bits each. */
const CONTROL_KEY_BYTES = 4;
const CONTROL_TYPE_AT = 2;
const ABORT = 0;

/**
 * Corrects kafkajs's reading of committed records. It expects the broker's list of aborted transactions in the order in
 * which they began, though it comes in the order in which they ended, and takes the key of any record for that of a
 * marker: so it returns aborted records and leaves out committed ones.
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
        // Marked when they are decoded.
        if (partition.messages instanceof UnreadRecords) {
          partition.messages.aborted = partition.abortedTransactions ?? [];
        }
        // kafkajs itself leaves out nothing but what is marked.
        partition.abortedTransactions = [];
      }
    }
    return response;
  }
}

/**
 * Marks the records of aborted transactions, so that kafkajs passes over them as over control records. A batch of a
 * transaction is aborted where its producer has a listed transaction that began at or before it, and whose marker has not
 * come yet. Batches are told apart by what their records share; records of formats before v2 have no transactions.
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

/** Where the aborted transactions of one producer begin, and how many of them have ended. */
class Beginnings {
  readonly #offsets: number[];
  #ended = 0;

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#offsets = transactions.map(({ firstOffset }) => Number(firstOffset)).sort((a, b) => a - b);
  }

  isOpenAt(offset: number): boolean {
    return (this.#offsets[this.#ended] ?? Infinity) <= offset;
  }

  /** More than one where compaction has taken an earlier marker. */
  endUpTo(offset: number): void {
    while (this.isOpenAt(offset)) this.#ended += 1;
  }
}
