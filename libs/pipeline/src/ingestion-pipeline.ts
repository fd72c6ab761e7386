import type { BatchBuffer, BatchLimits } from './batching/batch-buffer.js';
import { FetchQueue } from './batching/fetch-queue.js';
import { FetchValidation } from './batching/fetch-validation.js';
import type { Batch } from './model/batch.js';
import { asError } from './model/fault.js';
import { partitionName, type TopicPartition } from './model/message.js';
import type { Frontier } from './partitions/frontier.js';
import type { PartitionLag } from './partitions/partition-state.js';
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
 *     fetch -> validate -> buffer                   accept(), FetchValidation: once per fetched batch
 *     buffer -> dead-letter topic -> warehouse      BatchWriter: one loop, one transaction per batch
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
  readonly #validation: FetchValidation;
  #running: Promise<void> | null = null;
  #failure: Error | null = null;

  constructor(
    private readonly source: EventSource,
    validator: Pick<MessageValidator, 'validate'>,
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
    this.#validation = new FetchValidation(
      validator,
      this.#buffer,
      this.#queue,
      this.#frontier,
      this.#positions,
      observer,
    );
  }

  /** Starts the writer and listens to the source. */
  start(): void {
    this.source.listen(this);
    this.#running = this.#parts.writer.run().catch(this.#fail);
  }

  /** Begins a new generation and reads each partition from its checkpoint. Called when the group was joined. */
  assigned(partitions: TopicPartition[]): void {
    this.#positions.begin(partitions);
    void this.#positions.start(partitions).catch(this.#fail);
  }

  interrupted(): void {
    this.#positions.verifyAll();
  }

  /**
   * Accepts one fetched batch. Resolves at once if the batch is dropped or there is room for it; it is then validated
   * while the next ones are fetched. Otherwise resolves when all of it is buffered.
   */
  async accept(fetched: FetchedBatch): Promise<void> {
    if (this.#positions.isStopped) return;
    const { generation } = this.#frontier;
    // The position is known only after the partition's earlier fetches are validated.
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
    // Validation of a fetch without new messages yields no range, so its offsets are settled here.
    if (beginning.index === fetched.length) this.#positions.passOver(fetched, position);
    if (fetched.fetchedOffset !== position) this.#positions.verified(fetched);
    // Until a partition's topic is verified, nothing more is fetched from it.
    const hasRoom =
      !this.#positions.isUnverified(fetched) && this.#queue.hasRoom(fetched, this.#buffer.room());
    // Nobody awaits a queued fetch; kafkajs detects a rebalance by its own heartbeats.
    const heartbeat = hasRoom ? () => fetched.heartbeat().catch(() => undefined) : () => fetched.heartbeat();
    const validated = this.#queue.add(fetched, () =>
      this.#validation.run({ fetched, index: beginning.index, position, generation, heartbeat }),
    );
    if (hasRoom) {
      fetched.resolve();
      validated.catch(this.#fail);
      return;
    }
    if (!(await validated)) return;
    fetched.resolve();
    // Fetched before the verification was requested: kafkajs would continue after this fetch.
    if (this.#positions.isUnverified(fetched)) this.#positions.seek(fetched);
  }

  #committed({ ranges }: Batch): void {
    this.observer.lag(this.#frontier.lags());
    // A partition that was reassigned has no checkpoint here: its new owner commits it.
    this.#parts.committer.commit(ranges.flatMap((range) => this.#frontier.checkpoint(range) ?? []));
  }

  /** Accepts no more fetches, stores what was read, and commits its offsets. The caller enforces the deadline. */
  async drain(): Promise<void> {
    this.#positions.stop();
    // The gate closes after queued fetches are validated: a closed gate drops what follows a held batch.
    await this.#queue.idle();
    this.#parts.gate.close();
    this.#buffer.close();
    await this.#running;
    await this.#parts.committer.idle();
  }

  observeLogs(): Promise<void> {
    return this.#positions.observeLogs();
  }

  /** Lets dead letters beyond the limit pass, as confirmed by an operator. Returns false if no batch is held. */
  liftDeadLetterLimit(): boolean {
    return this.#parts.gate.lift();
  }

  // The methods below use only what is in memory; they query neither Kafka nor the warehouse.

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

  /** The warehouse's checkpoints of the assigned partitions. */
  checkpoints(): Checkpoint[] {
    return this.#frontier.checkpoints();
  }

  /** The first offset of the partition's log, when it was last read. */
  logStart(at: TopicPartition): number | null {
    return this.#frontier.logStart(at);
  }

  /** The unsettled messages of every assigned partition whose log's end is known. */
  lags(): PartitionLag[] {
    return this.#frontier.lags();
  }

  /** The open transactions that hold assigned partitions, as last seen. */
  openTransactions(): OpenTransaction[] {
    const assigned = new Set(this.#frontier.assigned().map(partitionName));
    return this.#parts.transactions.lasting().filter((open) => assigned.has(partitionName(open)));
  }

  readonly #fail = (error: unknown): void => {
    this.#failure = asError(error);
  };
}
