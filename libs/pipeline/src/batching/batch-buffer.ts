import { randomUUID } from 'node:crypto';
import { withoutPartition, type Batch, type PartitionRange } from '../model/batch.js';
import type { Room } from './room.js';
import { partitionName, type TopicPartition } from '../model/message.js';
import type { OutcomeRange } from '../model/outcome-range.js';
import { addStored, noneStored } from '../model/stored-counts.js';

export interface BatchLimits {
  /** A batch of this many messages is due, as soon as no fetched message waits to join it. */
  minEvents: number;
  /** A batch is due when its oldest message has waited this long, in milliseconds. */
  maxWaitMs: number;
  /** The maximum size of a batch in messages and bytes. The buffer holds at most two batches, so this bounds memory. */
  maxEvents: number;
  maxBytes: number;
}

/**
 * Holds the open batch, which grows while the previous one is written, until it is due. A full batch can be sealed
 * before ({@link sealFull}): it is returned next, and another one begins.
 *
 * Callers check {@link room} before they add, and wait for {@link changed} if there is none. The buffer itself refuses
 * nothing, so that the limit is enforced in one place, before messages are decoded.
 */
export class BatchBuffer {
  #open = new OpenBatch();
  #sealed: Batch | null = null;
  #isMoreComing = false;
  #closed = false;
  #changed = Promise.withResolvers<void>();

  constructor(
    private readonly limits: BatchLimits,
    private readonly onChange: (events: number, bytes: number) => void,
  ) {}

  room(): Room {
    return {
      events: Math.max(0, this.limits.maxEvents - this.#open.events),
      bytes: Math.max(0, this.limits.maxBytes - this.#open.bytes),
    };
  }

  get isFull(): boolean {
    const { events, bytes } = this.room();
    return events === 0 || bytes === 0;
  }

  /** Resolves at the next change of the buffer. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Resolves at the next change, or after this time. */
  async changeWithin(ms: number): Promise<void> {
    if (ms === Infinity) return this.changed;
    const due = Promise.withResolvers<void>();
    const timer = setTimeout(due.resolve, ms);
    await Promise.race([this.changed, due.promise]);
    clearTimeout(timer);
  }

  /** @param isMoreComing whether another range follows at once: messages fetched together are written together */
  add(range: OutcomeRange, isMoreComing = false): void {
    this.#open.add(range);
    this.#isMoreComing = isMoreComing;
    this.#notify();
  }

  /** Returns the next batch if it is full and will not grow any more; otherwise null. */
  sealFull(): Batch | null {
    if (this.#sealed === null && this.isFull) {
      this.#sealed = this.#open.seal();
      this.#open = new OpenBatch();
      this.#notify();
    }
    return this.#sealed;
  }

  /** Returns what the open batch holds by now; null if that is nothing. */
  copyOpen(): Batch | null {
    if (this.#open.isEmpty) return null;
    const { rows, deadLetters, ranges, ...rest } = this.#open.seal();
    return {
      ...rest,
      rows: [...rows],
      deadLetters: [...deadLetters],
      ranges: ranges.map((range) => ({ ...range })),
    };
  }

  /**
   * Resolves with the next batch when it is due, or with null once the buffer is closed and empty. For one reader at a
   * time.
   */
  async next(): Promise<Batch | null> {
    for (;;) {
      const waitMs = this.#untilDue();
      if (waitMs <= 0) return this.#take();
      if (this.#closed && this.#open.isEmpty) return null;
      await this.changeWithin(waitMs);
    }
  }

  /** Makes everything due at once, including what is added later. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  /** Discards everything, or one partition. */
  discard(partition?: TopicPartition): void {
    // The announced range may have been dropped as well.
    this.#isMoreComing = false;
    if (partition === undefined) {
      this.#open = new OpenBatch();
      this.#sealed = null;
    } else {
      this.#open.remove(partition);
      const rest = this.#sealed && withoutPartition(this.#sealed, partition);
      this.#sealed = rest?.ranges.length === 0 ? null : rest;
    }
    this.#notify();
  }

  /** Milliseconds until the next batch is due; 0 or less if it is, infinite if there is none. */
  #untilDue(): number {
    if (this.#sealed !== null) return 0;
    if (this.#open.isEmpty) return Infinity;
    const hasEnough = this.#open.events >= this.limits.minEvents && !this.#isMoreComing;
    if (this.#closed || hasEnough || this.isFull) return 0;
    return this.#open.openedAt + this.limits.maxWaitMs - performance.now();
  }

  #take(): Batch {
    const batch = this.#sealed ?? this.#open.seal();
    if (this.#sealed === null) this.#open = new OpenBatch();
    this.#sealed = null;
    this.#notify();
    return batch;
  }

  #notify(): void {
    const sealed = this.#sealed === null ? 0 : messagesOf(this.#sealed);
    this.onChange(sealed + this.#open.events, (this.#sealed?.bytes ?? 0) + this.#open.bytes);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

class OpenBatch {
  /** When the first range was added. On the monotonic clock, so that a clock set back does not delay the batch. */
  openedAt = Infinity;
  #openedAtMs = 0;
  readonly #parts = new Map<string, { range: PartitionRange; bytes: number }>();
  #rows: Batch['rows'] = [];
  #storedCounts: Batch['storedCounts'] = noneStored();
  #deadLetters: Batch['deadLetters'] = [];
  bytes = 0;
  events = 0;

  get isEmpty(): boolean {
    return this.#parts.size === 0;
  }

  add({ rows, storedCounts, deadLetters, bytes, ...range }: OutcomeRange): void {
    if (this.isEmpty) {
      this.openedAt = performance.now();
      this.#openedAtMs = Date.now();
    }
    for (const row of rows) this.#rows.push(row);
    addStored(this.#storedCounts, storedCounts);
    for (const letter of deadLetters) this.#deadLetters.push(letter);
    this.bytes += bytes;
    this.events += rows.length + deadLetters.length + range.skipped;
    const added = { ...range, stored: rows.length, deadLettered: deadLetters.length };
    const part = this.#parts.get(partitionName(range));
    if (part === undefined) {
      this.#parts.set(partitionName(range), { range: added, bytes });
      return;
    }
    append(part.range, added);
    part.bytes += bytes;
  }

  remove(partition: TopicPartition): void {
    const part = this.#parts.get(partitionName(partition));
    if (part === undefined) return;
    const rest = withoutPartition(this.seal(), partition);
    this.#parts.delete(partitionName(partition));
    this.#rows = rest.rows;
    this.#storedCounts = rest.storedCounts;
    this.#deadLetters = rest.deadLetters;
    this.bytes -= part.bytes;
    this.events -= part.range.stored + part.range.deadLettered + part.range.skipped;
  }

  seal(): Batch {
    return {
      id: randomUUID(),
      rows: this.#rows,
      storedCounts: this.#storedCounts,
      deadLetters: this.#deadLetters,
      ranges: [...this.#parts.values()].map(({ range }) => range),
      bytes: this.bytes,
      openedAtMs: this.#openedAtMs,
    };
  }
}

function append(range: PartitionRange, added: PartitionRange): void {
  if (range.to !== added.from) {
    throw new Error(
      `${partitionName(range)}: a range from ${added.from} cannot follow one that ends at ${range.to}`,
    );
  }
  range.to = added.to;
  range.lastTimestampMs = added.lastTimestampMs;
  for (const count of ['stored', 'deadLettered', 'skipped', 'gaps', 'lost'] as const)
    range[count] += added[count];
}

function messagesOf({ rows, deadLetters, ranges }: Batch): number {
  return ranges.reduce((count, { skipped }) => count + skipped, rows.length + deadLetters.length);
}
