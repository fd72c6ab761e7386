import { EPOCH_MS, theWorld } from '../time/world.js';
import type { Random } from '../time/random.js';
import { encodeBatch, type BatchToWrite, type NewRecord } from './record-batch.js';

/** What happened to an offset. The checks compare the warehouse with it. */
export interface Fate {
  kind: 'message' | 'aborted' | 'control';
  /** Null for a tombstone. */
  value: string | null;
  redriveId: string | null;
  /** The producer, while its transaction is open. */
  openFor: string | null;
  deletedBy: 'retention' | 'compaction' | null;
}

interface StoredBatch extends BatchToWrite {
  /** The encoded batch, for fetches. */
  bytes: Buffer;
}

interface AbortedTransaction {
  producerId: string;
  first: number;
  last: number;
}

export interface ReadResult {
  /** Consecutive whole batches. */
  bytes: Buffer;
  abortedTransactions: { producerId: string; firstOffset: string }[];
}

/** The share of emptied batches that the log cleaner keeps; the real one keeps the last of each producer. */
const KEPT_EMPTY_SHARE = 0.3;

/** The log of one partition, with interleaved transactions of many producers. */
export class PartitionLog {
  low = 0;
  end = 0;
  readonly fates: Fate[] = [];
  #batches: StoredBatch[] = [];
  #aborted: AbortedTransaction[] = [];
  /** Where the open transaction of each producer begins. */
  readonly #open = new Map<string, number>();

  constructor(
    readonly number: number,
    public leader: number,
  ) {}

  /** The last stable offset: no committed read goes past it. */
  get stableEnd(): number {
    return Math.min(this.end, ...this.#open.values());
  }

  get openTransactions(): string[] {
    return [...this.#open.keys()];
  }

  isOpen(producerId: string): boolean {
    return this.#open.has(producerId);
  }

  /** Returns the offset of the first record. @param producerId set if the records belong to its transaction */
  append(records: readonly NewRecord[], producerId: string | null = null): number {
    const base = this.end;
    for (const { value, headers } of records) {
      this.fates.push({
        kind: 'message',
        value: value === null ? null : value.toString(),
        redriveId: headers?.['dlq.redrive.id']?.toString() ?? null,
        openFor: producerId,
        deletedBy: null,
      });
    }
    this.#append(records, producerId, false);
    if (producerId !== null && !this.#open.has(producerId)) this.#open.set(producerId, base);
    return base;
  }

  endTransaction(producerId: string, isCommitted: boolean): void {
    const first = this.#open.get(producerId);
    if (first === undefined) return;
    const last = this.end;
    for (const fate of this.fates.slice(first)) {
      if (fate.openFor !== producerId) continue;
      fate.openFor = null;
      if (!isCommitted) fate.kind = 'aborted';
    }
    this.fates.push({ kind: 'control', value: null, redriveId: null, openFor: null, deletedBy: null });
    // A version and a type, 16 bits each.
    const key = Buffer.from([0, 0, 0, isCommitted ? 1 : 0]);
    this.#append([{ key, value: Buffer.alloc(6) }], producerId, true);
    this.#open.delete(producerId);
    if (!isCommitted) this.#aborted.push({ producerId, first, last });
  }

  /** Deletes everything below an offset. */
  retain(from: number): void {
    const low = Math.min(from, this.stableEnd);
    if (low <= this.low) return;
    for (const fate of this.fates.slice(this.low, low)) fate.deletedBy ??= 'retention';
    this.low = low;
    this.#batches = this.#batches.filter(({ last }) => last >= low);
    this.#aborted = this.#aborted.filter(({ last }) => last >= low);
  }

  /** Deletes a share of the messages, as compaction deletes those whose keys appear again later. */
  compact(random: Random, share: number): void {
    const to = this.stableEnd - 1;
    this.#batches = this.#batches.flatMap((batch) => {
      if (batch.last >= to) return [batch];
      const records = batch.records.filter(({ delta }) => {
        const fate = this.fates[batch.base + delta];
        if (fate?.kind !== 'message' || !random.chance(share)) return true;
        fate.deletedBy ??= 'compaction';
        return false;
      });
      if (records.length === batch.records.length) return [batch];
      const rest = { ...batch, records };
      return records.length > 0 || random.chance(KEPT_EMPTY_SHARE)
        ? [{ ...rest, bytes: encodeBatch(rest) }]
        : [];
    });
  }

  /** Like a broker, returns whole batches from the one with the offset up to the last stable offset. */
  read(offset: number, maxBytes: number): ReadResult {
    const { stableEnd } = this;
    const found: StoredBatch[] = [];
    let size = 0;
    for (const batch of this.#batches) {
      if (batch.last < offset) continue;
      if (batch.base >= stableEnd || (found.length > 0 && size > maxBytes)) break;
      found.push(batch);
      size += batch.bytes.length;
    }
    const [begin, end] = [found[0]?.base ?? Infinity, found.at(-1)?.last ?? -1];
    return {
      bytes: Buffer.concat(found.map(({ bytes }) => bytes)),
      abortedTransactions: this.#aborted
        .filter(({ first, last }) => last >= begin && first <= end)
        .map(({ producerId, first }) => ({ producerId, firstOffset: String(first) })),
    };
  }

  /** The records from an offset on. */
  *recordsFrom(offset: number): Generator<NewRecord> {
    for (const { base, last, records } of this.#batches) {
      if (last < offset) continue;
      for (const record of records) if (base + record.delta >= offset) yield record;
    }
  }

  #append(records: readonly NewRecord[], producerId: string | null, isControl: boolean): void {
    const batch: BatchToWrite = {
      base: this.end,
      last: this.end + records.length - 1,
      timestampMs: Math.floor(EPOCH_MS + theWorld().now),
      producerId,
      isControl,
      records: records.map((record, delta) => ({ ...record, delta })),
    };
    this.#batches.push({ ...batch, bytes: encodeBatch(batch) });
    this.end += records.length;
  }
}
