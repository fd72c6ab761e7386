import { EPOCH_MS, theWorld } from '../time/world.js';
import type { Random } from '../time/random.js';

/** What a producer sends. */
export interface NewRecord {
  key: Buffer | null;
  value: Buffer | null;
  headers?: Record<string, Buffer | string>;
}

/** A record as kafkajs reads it out of a fetch response. */
export interface LogRecord extends NewRecord {
  headers: Record<string, Buffer | string>;
  offset: string;
  timestamp: string;
  isControlRecord: boolean;
  batchContext: { producerId: string; inTransaction: boolean; isControlBatch: boolean };
}

/** What has become of an offset: what the verdict compares the warehouse with. */
export interface Fate {
  kind: 'message' | 'aborted' | 'control';
  /** Null for a tombstone. */
  value: string | null;
  redriveId: string | null;
  /** The producer whose transaction is still open. */
  openFor: string | null;
  deletedBy: 'retention' | 'compaction' | null;
}

interface RecordBatch {
  base: number;
  last: number;
  bytes: number;
  records: LogRecord[];
}

interface AbortedTransaction {
  producerId: string;
  first: number;
  last: number;
}

export interface ReadResult {
  messages: LogRecord[];
  abortedTransactions: { producerId: string; firstOffset: string }[];
}

const NO_PRODUCER = '-1';
const RECORD_OVERHEAD_BYTES = 40;

/** The log of one partition, with the transactions of many producers in between each other. */
export class PartitionLog {
  low = 0;
  end = 0;
  readonly fates: Fate[] = [];
  #batches: RecordBatch[] = [];
  #aborted: AbortedTransaction[] = [];
  /** Where the open transaction of each producer begins. */
  readonly #open = new Map<string, number>();

  constructor(
    readonly number: number,
    public leader: number,
  ) {}

  /** The last stable offset: nothing past it can be read as committed. */
  get stableEnd(): number {
    return Math.min(this.end, ...this.#open.values());
  }

  get openTransactions(): string[] {
    return [...this.#open.keys()];
  }

  isOpen(producerId: string): boolean {
    return this.#open.has(producerId);
  }

  /** Returns the offset of the first record. @param producerId of the transaction that they belong to */
  append(records: readonly NewRecord[], producerId: string | null = null): number {
    const base = this.end;
    for (const { value, headers } of records) {
      const redriveId = headers?.['dlq.redrive.id'];
      this.fates.push({
        kind: 'message',
        value: value === null ? null : value.toString(),
        redriveId: redriveId === undefined ? null : redriveId.toString(),
        openFor: producerId,
        deletedBy: null,
      });
    }
    this.#append(
      records.map(({ key, value, headers = {} }, index) => ({
        ...placeOf(base + index),
        key,
        value,
        headers,
        isControlRecord: false,
        batchContext: {
          producerId: producerId ?? NO_PRODUCER,
          inTransaction: producerId !== null,
          isControlBatch: false,
        },
      })),
    );
    if (producerId !== null && !this.#open.has(producerId)) this.#open.set(producerId, base);
    return base;
  }

  endTransaction(producerId: string, isCommitted: boolean): void {
    const first = this.#open.get(producerId);
    if (first === undefined) return;
    const offset = this.end;
    for (const fate of this.fates.slice(first)) {
      if (fate.openFor !== producerId) continue;
      fate.openFor = null;
      if (!isCommitted) fate.kind = 'aborted';
    }
    this.fates.push({ kind: 'control', value: null, redriveId: null, openFor: null, deletedBy: null });
    this.#append([
      {
        ...placeOf(offset),
        key: Buffer.from([0, 0, 0, isCommitted ? 1 : 0]),
        value: Buffer.alloc(6),
        headers: {},
        isControlRecord: true,
        batchContext: { producerId, inTransaction: true, isControlBatch: true },
      },
    ]);
    this.#open.delete(producerId);
    if (!isCommitted) this.#aborted.push({ producerId, first, last: offset });
  }

  /** Deletes what is below an offset. */
  retain(from: number): void {
    const low = Math.min(from, this.stableEnd);
    if (low <= this.low) return;
    for (const fate of this.fates.slice(this.low, low)) fate.deletedBy ??= 'retention';
    this.low = low;
    this.#batches = this.#batches.filter(({ last }) => last >= low);
    this.#aborted = this.#aborted.filter(({ last }) => last >= low);
  }

  /** Deletes a share of the messages, as a compacted topic loses those of keys that came again. */
  compact(random: Random, share: number): void {
    const to = this.stableEnd - 1;
    for (const batch of this.#batches) {
      if (batch.last >= to) continue;
      batch.records = batch.records.filter(({ offset }) => {
        const fate = this.fates[Number(offset)];
        if (fate?.kind !== 'message' || !random.chance(share)) return true;
        fate.deletedBy ??= 'compaction';
        return false;
      });
    }
    // The log cleaner drops batches that are empty.
    this.#batches = this.#batches.filter(({ records }) => records.length > 0);
  }

  /** As a broker returns it: whole batches from the one that holds the offset on, up to the last stable offset. */
  read(offset: number, maxBytes: number): ReadResult {
    const { stableEnd } = this;
    const messages: LogRecord[] = [];
    let bytes = 0;
    let from: number | null = null;
    let to = offset;
    for (const batch of this.#batches) {
      if (batch.last < offset) continue;
      if (batch.base >= stableEnd || (messages.length > 0 && bytes > maxBytes)) break;
      from ??= batch.base;
      to = batch.last;
      messages.push(...batch.records);
      bytes += batch.bytes;
    }
    const begin = from;
    const aborted =
      begin === null ? [] : this.#aborted.filter(({ first, last }) => last >= begin && first <= to);
    return {
      messages,
      abortedTransactions: aborted.map(({ producerId, first }) => ({
        producerId,
        firstOffset: String(first),
      })),
    };
  }

  /** Records that were appended from an offset on. */
  *recordsFrom(offset: number): Generator<LogRecord> {
    for (const { last, records } of this.#batches) {
      if (last < offset) continue;
      for (const record of records) if (Number(record.offset) >= offset) yield record;
    }
  }

  #append(records: LogRecord[]): void {
    const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES, 0);
    const base = this.end;
    this.end += records.length;
    this.#batches.push({ base, last: this.end - 1, bytes, records });
  }
}

function placeOf(offset: number): Pick<LogRecord, 'offset' | 'timestamp'> {
  return { offset: String(offset), timestamp: String(Math.floor(EPOCH_MS + theWorld().now)) };
}
