import type { Batch } from '../model/batch.js';
import { withoutPartition, type BatchBuffer } from '../batching/batch-buffer.js';
import type { DeadLetterGate } from './dead-letter-gate.js';
import type { DeadLetterPublisher } from '../ports/dead-letter-publisher.js';
import type { Checkpoint, EventRepository, RejectedRow, WriteResult } from '../ports/event-repository.js';
import type { Fault } from '../model/fault.js';
import type { Frontier } from '../partitions/frontier.js';
import { Backoff, pause } from './backoff.js';
import { deadLetter } from '../validation/message-validator.js';
import { partitionName } from '../model/message.js';
import type { DeadLetter } from '../model/outcome.js';
import type { PipelineObserver } from '../ports/pipeline-observer.js';
import { PublishedLetters } from './published-letters.js';
import { countStored } from '../model/stored-counts.js';

/** What the writer tells the pipeline about a batch. */
export interface BatchWriterListener {
  /** The batch is committed and the frontier has moved. */
  committed(batch: Batch): void;
  /** The warehouse holds other checkpoints than the batch started from: reading goes on there. */
  stale(checkpoints: Checkpoint[]): void;
}

/** A fault that holds the writer now. */
export interface WriterFault {
  stage: 'dead_letter' | 'warehouse';
  fault: Fault;
  /** On the monotonic clock, in milliseconds. */
  since: number;
}

type Attempt =
  Exclude<WriteResult, { kind: 'fault' }> | { kind: 'fault'; stage: WriterFault['stage']; fault: Fault };

/**
 * One loop: takes the next due batch, publishes its dead letters, writes it in one warehouse transaction, and
 * does not let go before that succeeded, the checkpoints say that another owner did it, or the group was joined
 * anew (then whoever owns the partitions reads the same messages again from the checkpoint).
 */
export class BatchWriter {
  #fault: WriterFault | null = null;
  #tryingSince: number | null = null;
  #writing: Promise<void> = Promise.resolve();
  readonly #published = new PublishedLetters();

  constructor(
    private readonly buffer: BatchBuffer,
    private readonly frontier: Frontier,
    private readonly gate: DeadLetterGate,
    private readonly publisher: DeadLetterPublisher,
    private readonly repository: EventRepository,
    private readonly observer: PipelineObserver,
    private readonly listener: BatchWriterListener,
  ) {}

  /** Runs until the buffer is closed and empty. */
  async run(): Promise<void> {
    for (;;) {
      const batch = await this.buffer.next();
      if (batch === null) return;
      this.#writing = this.#settle(batch);
      await this.#writing;
    }
  }

  /** Resolves when no batch is being written, as it is at the time of the call. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  get fault(): WriterFault | null {
    return this.#fault;
  }

  /** Since when one try to publish and write a batch has been under way, on the monotonic clock; null between tries. */
  get tryingSince(): number | null {
    return this.#tryingSince;
  }

  async #settle(taken: Batch): Promise<void> {
    const startedAt = performance.now();
    let heldMs = 0;
    const { generation, over } = this.frontier;
    const backoff = new Backoff();
    let batch: Batch = taken;
    this.observer.batchTaken(batch);
    while (batch.ranges.length > 0 && this.frontier.isCurrent(generation)) {
      const reachedGateAt = performance.now();
      const mayPass = await this.gate.pass(batch, over);
      heldMs += performance.now() - reachedGateAt;
      if (!mayPass) {
        // What was read behind it cannot be settled before it.
        if (this.frontier.isCurrent(generation)) this.buffer.discard();
        break;
      }
      this.#tryingSince = performance.now();
      const attempt = await this.#try(batch);
      this.#tryingSince = null;
      switch (attempt.kind) {
        case 'stored':
          this.#recovered();
          this.#committed(batch, attempt.seconds, { startedAt, heldMs }, generation);
          return;
        case 'stale':
          if (this.frontier.isCurrent(generation)) this.listener.stale(attempt.checkpoints);
          for (const checkpoint of attempt.checkpoints) batch = withoutPartition(batch, checkpoint);
          break;
        case 'rejected':
          batch = this.#reject(batch, attempt.rows);
          break;
        case 'already-stored':
          batch = withoutRows(batch, new Set(attempt.indexes), 'skipped');
          break;
        case 'fault': {
          const { stage, fault } = attempt;
          const waitMs = backoff.next(fault.class);
          this.#fault = { stage, fault, since: this.#fault?.since ?? performance.now() };
          this.observer.faulted(stage, fault, backoff.tries, waitMs);
          await pause(waitMs, over);
          break;
        }
      }
    }
    this.#fault = null;
    this.observer.batchLetGo();
  }

  async #try(batch: Batch): Promise<Attempt> {
    const fault = await this.#publish(batch.deadLetters);
    if (fault !== null) return { kind: 'fault', stage: 'dead_letter', fault };
    const result = await this.#write(batch);
    const changesNothing =
      (result.kind === 'stale' && result.checkpoints.length === 0) ||
      (result.kind === 'rejected' && result.rows.length === 0) ||
      (result.kind === 'already-stored' && result.indexes.length === 0);
    if (changesNothing) return { kind: 'fault', stage: 'warehouse', fault: emptyAnswer(result.kind) };
    return result.kind === 'fault' ? { ...result, stage: 'warehouse' } : result;
  }

  async #write(batch: Batch): Promise<WriteResult> {
    const startedAt = performance.now();
    const written = this.repository.write(batch);
    void this.#prepareNext(written);
    const result = await written;
    this.observer.batchTried({
      stage: 'warehouse',
      startedAt,
      endedAt: performance.now(),
      messages: batch.rows.length,
      outcome: result.kind,
      fault: result.kind === 'fault' ? result.fault : null,
      steps: result.steps ?? [],
    });
    return result;
  }

  /** The batch behind this one begins as soon as it is full: until then it still grows. */
  async #prepareNext(written: Promise<unknown>): Promise<void> {
    if (this.repository.prepare === undefined) return;
    const end = written.then(
      () => true,
      () => true,
    );
    let isWritten = false;
    while (!isWritten) {
      const next = this.buffer.sealFull();
      if (next !== null) {
        this.repository.prepare(next);
        return;
      }
      isWritten = await Promise.race([end, this.buffer.changed.then(() => false)]);
    }
  }

  /** Publishes what has not been acknowledged yet: a batch that is tried again sends nothing twice. */
  async #publish(all: DeadLetter[]): Promise<Fault | null> {
    const letters = all.filter(({ message }) => !this.#published.has(message));
    const [first] = letters;
    if (first === undefined) return null;
    const startedAt = performance.now();
    const fault = await this.publisher.publish(letters);
    this.observer.batchTried({
      stage: 'dead_letter',
      startedAt,
      endedAt: performance.now(),
      messages: letters.length,
      outcome: fault === null ? 'published' : 'fault',
      fault,
      steps: [],
    });
    if (fault !== null) return fault;
    for (const { message } of letters) this.#published.add(message);
    this.observer.deadLettersPublished(countByType(letters), first.message, secondsSince(startedAt));
    return null;
  }

  /** Rows that the warehouse refused become dead letters of the same batch. */
  #reject(batch: Batch, rejected: RejectedRow[]): Batch {
    const letters = rejected.flatMap(({ index, reason }) => {
      const row = batch.rows[index];
      if (row === undefined) return [];
      const { message, content: value, label, eventType } = row;
      const { topic, partition, offset, timestampMs, key, headers, headersOmitted = 0 } = message;
      return deadLetter(
        { topic, partition, offset, timestampMs, key, value, headers, headersOmitted },
        { errorType: 'warehouse_rejected', reason, details: [], label, eventType },
      );
    });
    const [first] = letters;
    if (first !== undefined) this.observer.rowsRejected(letters.length, first.message, first.reason);
    const rest = withoutRows(batch, new Set(rejected.map(({ index }) => index)), 'deadLettered');
    return { ...rest, deadLetters: [...batch.deadLetters, ...letters] };
  }

  #committed(
    batch: Batch,
    warehouseSeconds: number,
    { startedAt, heldMs }: { startedAt: number; heldMs: number },
    generation: number,
  ): void {
    if (this.frontier.isCurrent(generation)) this.frontier.settle(batch.ranges);
    this.#published.forget(batch.ranges);
    this.gate.settled(batch);
    this.observer.batchCommitted({
      batch,
      warehouseSeconds,
      totalSeconds: secondsSince(startedAt + heldMs),
      heldSeconds: heldMs / 1000,
    });
    this.listener.committed(batch);
  }

  #recovered(): void {
    if (this.#fault === null) return;
    this.observer.recovered(this.#fault.stage, performance.now() - this.#fault.since);
    this.#fault = null;
  }
}

/** The same batch without these rows, whose offsets count as something else. */
function withoutRows(batch: Batch, indexes: ReadonlySet<number>, as: 'skipped' | 'deadLettered'): Batch {
  const moved = new Map<string, number>();
  for (const index of indexes) {
    const row = batch.rows[index];
    if (row === undefined) continue;
    const name = partitionName(row.message);
    moved.set(name, (moved.get(name) ?? 0) + 1);
  }
  const rows = batch.rows.filter((_, index) => !indexes.has(index));
  return {
    ...batch,
    rows,
    storedCounts: countStored(rows),
    ranges: batch.ranges.map((range) => {
      const count = moved.get(partitionName(range)) ?? 0;
      return { ...range, stored: range.stored - count, [as]: range[as] + count };
    }),
  };
}

/** An answer that would be tried again at once and for ever. */
function emptyAnswer(kind: string): Fault {
  return {
    class: 'transient',
    code: 'EMPTY_ANSWER',
    message: `The warehouse answered ${kind} and named nothing`,
    remedy: null,
  };
}

function countByType(letters: DeadLetter[]) {
  const counts = new Map<DeadLetter['errorType'], number>();
  for (const { errorType } of letters) counts.set(errorType, (counts.get(errorType) ?? 0) + 1);
  return [...counts].map(([errorType, count]) => ({ errorType, count }));
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
