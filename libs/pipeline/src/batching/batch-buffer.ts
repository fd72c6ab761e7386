import { randomUUID } from 'node:crypto';
import { withoutPartition, type Batch, type PartitionRange } from '../model/batch.js';
import type { Room } from './room.js';
import { partitionName, type TopicPartition } from '../model/message.js';
import type { OutcomeRange } from '../model/outcome-range.js';
import { addStored, noneStored } from '../model/stored-counts.js';

export interface BatchLimits {
  /** A batch of this many messages is due, as soon as nothing that was fetched waits to join it. */
  minEvents: number;
  /** A batch is due when its oldest message has waited this long, in milliseconds. */
  maxWaitMs: number;
  /** A batch grows no further, in messages and in bytes. The buffer holds two at most, so these bound memory. */
  maxEvents: number;
  maxBytes: number;
}

/**
 * The open batch: grows while the last one is written, is handed over when it is due. One that is full can be
 * sealed before that ({@link sealFull}): it comes next, and another begins.
 *
 * Whoever adds asks for {@link room} first and waits for {@link changed} where there is none: the buffer refuses
 * nothing, so that the limit is kept in one place, before messages are decoded.
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

  /** @param isMoreComing whether another range follows at once: what is fetched together is written together */
  add(range: OutcomeRange, isMoreComing = false): void {
    this.#open.add(range);
    this.#isMoreComing = isMoreComing;
    this.#notify();
  }

  /** The batch that comes next, if it will not grow any more; null if there is none, or it is not full. */
  sealFull(): Batch | null {
    if (this.#sealed === null && this.isFull) {
      this.#sealed = this.#open.seal();
      this.#open = new OpenBatch();
      this.#notify();
    }
    return this.#sealed;
  }

  /**
   * The next batch, as soon as it is due; null once the buffer is closed and empty.
   * For one reader at a time.
   */
  async next(): Promise<Batch | null> {
    for (;;) {
      const waitMs = this.#untilDue();
      if (waitMs <= 0) return this.#take();
      if (this.#closed && this.#open.isEmpty) return null;
      await this.#changeWithin(waitMs);
    }
  }

  /** Everything that waits is due now, and so is what comes later. */
  close(): void {
    this.#closed = true;
    this.#notify();
  }

  /** Lets go of what waits: all of it, or that of one partition. */
  discard(partition?: TopicPartition): void {
    // What was to come may have been let go as well.
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

  /** Milliseconds until the open batch is due; 0 or less when it is, infinite while it is empty. */
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

  async #changeWithin(ms: number): Promise<void> {
    if (ms === Infinity) return this.changed;
    const due = Promise.withResolvers<void>();
    const timer = setTimeout(due.resolve, ms);
    await Promise.race([this.changed, due.promise]);
    clearTimeout(timer);
  }
}

class OpenBatch {
  /** When the first range came, on the monotonic clock, so that a clock set back does not hold a batch. */
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
