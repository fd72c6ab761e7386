import { withoutLetters, withoutPartition, withoutRows, type Batch } from '../model/batch.js';
import type { BatchBuffer } from '../batching/batch-buffer.js';
import type { DeadLetterGate } from './dead-letter-gate.js';
import type { DeadLetterPublisher } from '../ports/dead-letter-publisher.js';
import type {
  Checkpoint,
  DeferredPartition,
  EventRepository,
  RejectedRow,
  WriteResult,
} from '../ports/event-repository.js';
import type { Fault } from '../model/fault.js';
import type { Frontier } from '../partitions/frontier.js';
import { Backoff, pause } from './backoff.js';
import { rejectedLetters } from './rejected-rows.js';
import type { PipelineObserver } from '../ports/pipeline-observer.js';
import { DeadLetterWriter } from './dead-letter-writer.js';

/** The writer's notifications to the pipeline. */
export interface BatchWriterListener {
  /** The batch is committed and the frontier has moved. */
  committed(batch: Batch): void;
  /** The warehouse has other checkpoints than the batch started from: reading has to continue there. */
  stale(checkpoints: Checkpoint[]): void;
  /** These partitions cannot be written yet: reading has to wait, and then to continue at their checkpoints. */
  deferred(partitions: DeferredPartition[]): void;
}

/** The fault that delays the writer. */
export interface WriterFault {
  stage: 'dead_letter' | 'warehouse';
  fault: Fault;
  /** On the monotonic clock, in milliseconds. */
  since: number;
}

type Attempt =
  Exclude<WriteResult, { kind: 'fault' }> | { kind: 'fault'; stage: WriterFault['stage']; fault: Fault };

/**
 * One loop: takes the next due batch, publishes its dead letters, writes it in one warehouse transaction, and retries
 * until that succeeds, the checkpoints show that another owner did it, or a new generation begins (the partitions'
 * owners then read the same messages again from the checkpoints).
 */
export class BatchWriter {
  #fault: WriterFault | null = null;
  #tryingSince: number | null = null;
  #writing: Promise<void> = Promise.resolve();
  readonly #letters: DeadLetterWriter;

  constructor(
    private readonly buffer: BatchBuffer,
    private readonly frontier: Frontier,
    private readonly gate: DeadLetterGate,
    publisher: DeadLetterPublisher,
    private readonly repository: EventRepository,
    private readonly observer: PipelineObserver,
    private readonly listener: BatchWriterListener,
  ) {
    this.#letters = new DeadLetterWriter(publisher, observer);
  }

  /** Runs until the buffer is closed and empty. */
  async run(): Promise<void> {
    for (;;) {
      const batch = await this.buffer.next();
      if (batch === null) return;
      this.#writing = this.#settle(batch);
      await this.#writing;
    }
  }

  /** Resolves when the batch that is being written at the time of the call is done. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  get fault(): WriterFault | null {
    return this.#fault;
  }

  /** When the current attempt to publish and write a batch began, on the monotonic clock; null between attempts. */
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
        // Messages that were read after the dropped batch cannot be settled before it.
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
        case 'deferred':
          if (this.frontier.isCurrent(generation)) this.listener.deferred(attempt.partitions);
          for (const { checkpoint } of attempt.partitions) batch = withoutPartition(batch, checkpoint);
          break;
        case 'rejected':
          batch = this.#reject(batch, attempt.rows);
          break;
        case 'already-stored':
          batch = withoutRows(batch, new Set(attempt.indexes), 'skipped');
          batch = withoutLetters(batch, new Set(attempt.letters));
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
    this.observer.batchAbandoned();
  }

  async #try(batch: Batch): Promise<Attempt> {
    const fault = await this.#letters.publish(batch.deadLetters);
    if (fault !== null) return { kind: 'fault', stage: 'dead_letter', fault };
    const result = await this.#write(batch);
    const changesNothing =
      (result.kind === 'stale' && result.checkpoints.length === 0) ||
      (result.kind === 'deferred' && result.partitions.length === 0) ||
      (result.kind === 'rejected' && result.rows.length === 0) ||
      (result.kind === 'already-stored' && result.indexes.length + (result.letters?.length ?? 0) === 0);
    if (changesNothing) return { kind: 'fault', stage: 'warehouse', fault: emptyResult(result.kind) };
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
      billedBytes: result.billedBytes ?? 0,
    });
    return result;
  }

  /** Prepares the batch after this one as soon as it is full; until then it still grows. */
  async #prepareNext(written: Promise<unknown>): Promise<void> {
    const { repository } = this;
    if (repository.prepare === undefined) return;
    const { preparesGrowingEveryMs: everyMs = Infinity } = repository;
    const end = written.then(
      () => true,
      () => true,
    );
    let nextCopyAt = performance.now() + everyMs;
    let isWritten = false;
    while (!isWritten) {
      const full = this.buffer.sealFull();
      if (full !== null) {
        repository.prepare(full);
        return;
      }
      if (performance.now() >= nextCopyAt) {
        const growing = this.buffer.copyOpen();
        if (growing !== null) repository.prepare(growing);
        nextCopyAt = performance.now() + everyMs;
      }
      const changed = this.buffer.changeWithin(nextCopyAt - performance.now());
      isWritten = await Promise.race([end, changed.then(() => false)]);
    }
  }

  /** Turns rows that the warehouse rejected into dead letters of the same batch. */
  #reject(batch: Batch, rejected: RejectedRow[]): Batch {
    const letters = rejectedLetters(batch, rejected);
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
    this.#letters.forget(batch.ranges);
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

/** The fault for a result that changes nothing: without a backoff the writer would retry at once, forever. */
function emptyResult(kind: string): Fault {
  return {
    class: 'transient',
    code: 'EMPTY_ANSWER',
    message: `The warehouse returned "${kind}" without naming a row or a partition`,
    remedy: null,
  };
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
