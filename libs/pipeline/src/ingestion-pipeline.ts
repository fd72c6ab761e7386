import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { BatchBuffer, BatchLimits } from './batching/batch-buffer.js';
import { FetchQueue } from './batching/fetch-queue.js';
import { waitForRoom } from './batching/room.js';
import type { Batch } from './model/batch.js';
import { asError } from './model/fault.js';
import { partitionName, type TopicPartition } from './model/message.js';
import type { Frontier, PartitionLag } from './partitions/frontier.js';
import type { MissingCheckpoints } from './partitions/missing-state.js';
import type { OpenTransaction } from './partitions/open-transactions.js';
import type { PartitionPositions } from './partitions/partition-positions.js';
import { beginningOf } from './partitions/topic-identity.js';
import { assemblePipeline, type PipelineParts } from './pipeline-parts.js';
import { statusOf, type PipelineStatus } from './pipeline-status.js';
import type { DeadLetterPublisher } from './ports/dead-letter-publisher.js';
import type { Checkpoint, EventRepository } from './ports/event-repository.js';
import type { EventSource, EventSourceListener, FetchedBatch } from './ports/event-source.js';
import type { PipelineObserver } from './ports/pipeline-observer.js';
import type { MessageValidator } from './validation/message-validator.js';
import { NO_DEAD_LETTER_LIMIT, type DeadLetterLimits } from './writing/dead-letter-limit.js';

/**
 * The flow of an event, on one screen:
 *
 *     fetch -> validate -> buffer                   accept(): once per fetched batch
 *     buffer -> dead-letter topic -> warehouse      BatchWriter: one loop, one transaction a batch
 *     -> frontier -> Kafka commit (a hint)          #committed()
 *
 * PartitionPositions decides where each partition is read.
 */
export class IngestionPipeline implements EventSourceListener {
  readonly #queue = new FetchQueue();
  readonly #parts: PipelineParts;
  readonly #frontier: Frontier;
  readonly #buffer: BatchBuffer;
  readonly #positions: PartitionPositions;
  #running: Promise<void> | null = null;
  #failure: Error | null = null;

  constructor(
    private readonly source: EventSource,
    private readonly validator: MessageValidator,
    repository: EventRepository,
    publisher: DeadLetterPublisher,
    private readonly observer: PipelineObserver,
    limits: BatchLimits,
    deadLetterLimits: DeadLetterLimits = NO_DEAD_LETTER_LIMIT,
    missingCheckpoints: MissingCheckpoints = 'hold',
  ) {
    this.#parts = assemblePipeline(
      { source, repository, publisher, observer },
      { limits, deadLetterLimits, missingCheckpoints },
      (batch) => {
        this.#committed(batch);
      },
    );
    this.#frontier = this.#parts.frontier;
    this.#buffer = this.#parts.buffer;
    this.#positions = this.#parts.positions;
  }

  /** Starts the writer; the source delivers fetches from now on. */
  start(): void {
    this.source.listen(this);
    this.#running = this.#parts.writer.run().catch(this.#fail);
  }

  /** The group was joined: a new generation begins, and each partition is read from its checkpoint on. */
  assigned(partitions: TopicPartition[]): void {
    this.#positions.begin(partitions);
    void this.#positions.start(partitions).catch(this.#fail);
  }

  interrupted(): void {
    this.#positions.verifyAll();
  }

  /**
   * Takes in one fetched batch. Resolves at once if there is room for it, or it is not wanted: it is validated while the
   * next ones are on their way. Otherwise resolves when all of it is buffered.
   */
  async accept(fetched: FetchedBatch): Promise<void> {
    if (this.#positions.isStopped) return;
    const { generation } = this.#frontier;
    // The position is known once the earlier fetches of the partition are validated.
    await this.#queue.endOf(fetched);
    if (!this.#frontier.isCurrent(generation)) return;
    const position = this.#frontier.position(fetched);
    if (position === null) return;
    const beginning = beginningOf(fetched, position, this.#frontier.lastRead(fetched));
    if (beginning.kind === 'elsewhere') {
      await this.#positions.reconcile(fetched, position, generation);
      return;
    }
    if (beginning.kind === 'other-topic') {
      this.#positions.hold(fetched, beginning.fault);
      return;
    }
    this.#frontier.noteHigh(fetched, fetched.highWatermark);
    // Validating a fetch without a new message yields no range that settles the offsets after the old one.
    if (beginning.index === fetched.length) this.#positions.passOver(fetched, position);
    if (fetched.fetchedOffset !== position) this.#positions.verified(fetched);
    // Nothing more is fetched of a partition before its topic is verified.
    const hasRoom =
      !this.#positions.isUnverified(fetched) && this.#queue.hasRoom(fetched, this.#buffer.room());
    // Nobody awaits a fetch that is queued: kafkajs learns from its own heartbeats that the group rebalances.
    const heartbeat = hasRoom ? () => fetched.heartbeat().catch(() => undefined) : () => fetched.heartbeat();
    const validated = this.#queue.add(fetched, () =>
      this.#validate(fetched, beginning.index, position, generation, heartbeat),
    );
    if (hasRoom) {
      fetched.resolve();
      validated.catch(this.#fail);
      return;
    }
    if (!(await validated)) return;
    fetched.resolve();
    // Fetched before the topic had to be verified: kafkajs would go on behind it.
    if (this.#positions.isUnverified(fetched)) this.#positions.seek(fetched);
  }

  /** Validates messages from `index` on and buffers them as there is room. Returns false when they are not wanted. */
  async #validate(
    fetched: FetchedBatch,
    index: number,
    position: number,
    generation: number,
    heartbeat: () => Promise<void>,
  ): Promise<boolean> {
    const isOver = () => this.#positions.isStopped || !this.#frontier.isCurrent(generation);
    let from = position;
    for (let next = index; next < fetched.length;) {
      if (!(await waitForRoom(this.#buffer, heartbeat, isOver))) return false;
      // Fetches follow each other without a pause; the writer's responses are handled in between.
      await yieldToEventLoop();
      const isWanted = this.#frontier.isCurrent(generation) && this.#frontier.position(fetched) === from;
      if (!isWanted) return false;
      const startedAt = performance.now();
      const room = this.#buffer.room();
      const { range, counts, drift, nextIndex } = this.validator.validate(fetched, next, from, room);
      this.observer.validated(counts, drift, (performance.now() - startedAt) / 1000);
      from = range.to;
      next = nextIndex;
      this.#buffer.add(range, next < fetched.length || this.#queue.length > 1);
      this.#frontier.advance(fetched, range.to, range.lastTimestampMs);
    }
    this.#positions.holdUndecodable(fetched, generation);
    return true;
  }

  #committed({ ranges }: Batch): void {
    this.observer.lag(this.#frontier.lags());
    // Whoever owns a partition now commits its checkpoint.
    this.#parts.committer.commit(ranges.flatMap((range) => this.#frontier.checkpoint(range) ?? []));
  }

  /** Stores what has been read, commits its offsets and takes in nothing more. The caller keeps the deadline. */
  async drain(): Promise<void> {
    this.#positions.stop();
    // Fetches that there is room for are still validated. The gate closes after them: it lets go what follows a held batch.
    await this.#queue.idle();
    this.#parts.gate.close();
    this.#buffer.close();
    await this.#running;
    await this.#parts.committer.idle();
  }

  observeLogs(): Promise<void> {
    return this.#positions.observeLogs();
  }

  /** An operator confirms the dead letters beyond the limit. Returns false if the limit holds no batch. */
  liftDeadLetterLimit(): boolean {
    return this.#parts.gate.lift();
  }

  // What follows is known here already: neither Kafka nor the warehouse is asked.

  status(): PipelineStatus {
    return statusOf({
      frontier: this.#frontier,
      writerFault: this.#parts.writer.fault,
      writerTryingSince: this.#parts.writer.tryingSince,
      assignmentFault: this.#parts.starts.fault,
      heldDeadLetters: this.#parts.gate.held,
      isDraining: this.#positions.isStopped,
      failure: this.#failure,
    });
  }

  /** The checkpoints of the assigned partitions, as the warehouse holds them. */
  checkpoints(): Checkpoint[] {
    return this.#frontier.checkpoints();
  }

  /** The first offset that the partition's log holds, as far as it has been seen. */
  logStart(at: TopicPartition): number | null {
    return this.#frontier.logStart(at);
  }

  /** Messages that are not settled yet, for every assigned partition whose log's end is known. */
  lags(): PartitionLag[] {
    return this.#frontier.lags();
  }

  /** Open transactions that hold assigned partitions, as they were last seen. */
  openTransactions(): OpenTransaction[] {
    const assigned = new Set(this.#frontier.assigned().map(partitionName));
    return this.#parts.transactions.lasting().filter((open) => assigned.has(partitionName(open)));
  }

  readonly #fail = (error: unknown): void => {
    this.#failure = asError(error);
  };
}
