import { setImmediate as giveWay } from 'node:timers/promises';
import { StartPositionFinder, type StartPosition } from './partitions/start-positions.js';
import { BatchBuffer, type BatchLimits } from './batching/batch-buffer.js';
import { BatchWriter } from './writing/batch-writer.js';
import type { Batch } from './model/batch.js';
import { DeadLetterGate } from './writing/dead-letter-gate.js';
import { NO_DEAD_LETTER_LIMIT, type DeadLetterLimits } from './writing/dead-letter-limit.js';
import type { DeadLetterPublisher } from './ports/dead-letter-publisher.js';
import type { Checkpoint, EventRepository } from './ports/event-repository.js';
import type { EventSource, EventSourceListener, FetchedBatch, LogBounds } from './ports/event-source.js';
import { asError, type Fault } from './model/fault.js';
import { Frontier, type PartitionLag } from './partitions/frontier.js';
import { FetchQueue } from './batching/fetch-queue.js';
import type { MessageValidator } from './validation/message-validator.js';
import { partitionName, type TopicPartition } from './model/message.js';
import type { MissingCheckpoints } from './partitions/missing-state.js';
import { OffsetCommitter } from './writing/offset-committer.js';
import { OpenTransactions, type OpenTransaction } from './partitions/open-transactions.js';
import type { PipelineObserver } from './ports/pipeline-observer.js';
import { statusOf, type PipelineStatus } from './pipeline-status.js';
import { emptyRange } from './model/outcome-range.js';
import { beginningOf, lostPast } from './partitions/topic-identity.js';

/** How often a fetch that waits for room tells the group that it lives; kafkajs thins this out itself. */
const HEARTBEAT_MS = 500;

/** No topic is deleted, made anew and filled in less time. */
const LONG_WAIT_MS = 1_000;

/**
 * The way of an event, on one screen:
 *
 *     fetch -> validate -> buffer                   accept(): once per fetched batch
 *     buffer -> dead-letter topic -> warehouse      BatchWriter: one loop, one transaction a batch
 *     -> frontier -> Kafka commit (a hint)          committed()
 *
 * and around it what places a partition: at its checkpoint when it is assigned, and again whenever Kafka or the
 * warehouse turn out to stand elsewhere than this process believed.
 */
export class IngestionPipeline implements EventSourceListener {
  readonly #frontier = new Frontier();
  readonly #buffer: BatchBuffer;
  readonly #gate: DeadLetterGate;
  readonly #writer: BatchWriter;
  readonly #startPositions: StartPositionFinder;
  readonly #committer: OffsetCommitter;
  readonly #transactions: OpenTransactions;
  readonly #queue = new FetchQueue();
  /** Where a partition's bytes were corrupt: it is held when they are so twice, since a bad transfer is no bad disk. */
  readonly #corrupt = new Map<string, number>();
  #running: Promise<void> | null = null;
  #draining = false;
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
    this.#buffer = new BatchBuffer(limits, (events, bytes) => {
      observer.buffered(events, bytes);
    });
    this.#gate = new DeadLetterGate(deadLetterLimits, observer);
    this.#writer = new BatchWriter(
      this.#buffer,
      this.#frontier,
      this.#gate,
      publisher,
      repository,
      observer,
      {
        committed: (batch) => {
          this.#committed(batch);
        },
        stale: (checkpoints) => {
          this.#stale(checkpoints);
        },
      },
    );
    this.#startPositions = new StartPositionFinder(
      source,
      repository,
      this.#frontier,
      observer,
      missingCheckpoints,
    );
    this.#committer = new OffsetCommitter(source, observer);
    this.#transactions = new OpenTransactions(source);
  }

  /** Starts the writer; messages come in from the source from now on. */
  start(): void {
    this.source.listen(this);
    this.#running = this.#writer.run().catch((error: unknown) => {
      this.#failure = asError(error);
    });
  }

  /**
   * Takes in one fetched batch; resolves when all of it is buffered, or at once when it is not wanted. One that there
   * is room for waits in line, and is validated while the next ones are on their way.
   */
  async accept(fetched: FetchedBatch): Promise<void> {
    if (this.#draining) return;
    const { generation } = this.#frontier;
    // What this one follows must have been read.
    await this.#queue.endOf(fetched);
    if (!this.#frontier.isCurrent(generation)) return;
    const position = this.#frontier.position(fetched);
    if (position === null) return;
    const beginning = beginningOf(fetched, position, this.#frontier.lastRead(fetched));
    if (beginning.kind === 'elsewhere') {
      await this.#reconcile(fetched, position, generation);
      return;
    }
    if (beginning.kind === 'other-topic') {
      this.#hold(fetched, beginning.fault);
      return;
    }
    this.#frontier.noteHigh(fetched, fetched.highWatermark);
    // Of a fetch without a new message no range is made, but what follows the old one is passed over.
    if (beginning.index === fetched.length) this.#passOver(fetched, position);
    const hasRoom = this.#queue.hasRoom(fetched, this.#buffer.room());
    // Nobody waits for one that stays in line: by its own heartbeats kafkajs hears that the group rebalances.
    const heartbeat = hasRoom ? () => fetched.heartbeat().catch(() => undefined) : () => fetched.heartbeat();
    const validated = this.#queue.add(fetched, () =>
      this.#validate(fetched, beginning.index, position, generation, heartbeat),
    );
    if (!hasRoom) {
      const startedAt = performance.now();
      if (!(await validated)) return;
      fetched.resolve();
      // Nothing was fetched meanwhile that would have told of a topic made anew.
      if (performance.now() - startedAt > LONG_WAIT_MS) this.#seek(fetched);
      return;
    }
    fetched.resolve();
    validated.catch((error: unknown) => {
      this.#failure = asError(error);
    });
  }

  /** Validates messages from `index` on and buffers them, as there is room. Answers false where they are not wanted. */
  async #validate(
    fetched: FetchedBatch,
    index: number,
    position: number,
    generation: number,
    heartbeat: () => Promise<void>,
  ): Promise<boolean> {
    let from = position;
    for (let next = index; next < fetched.length;) {
      if (!(await this.#hasRoom(heartbeat, generation))) return false;
      // Fetches come one after the other without a pause, and what the writer waits for has its answer in between.
      await giveWay();
      const isWanted = this.#frontier.isCurrent(generation) && this.#frontier.position(fetched) === from;
      if (!isWanted) return false;
      const startedAt = performance.now();
      const { range, counts, drift, nextIndex } = this.validator.validate(
        fetched,
        next,
        from,
        this.#buffer.room(),
      );
      this.observer.validated(counts, drift, (performance.now() - startedAt) / 1000);
      from = range.to;
      next = nextIndex;
      this.#buffer.add(range, next < fetched.length || this.#queue.length > 1);
      this.#frontier.advance(fetched, range.to, range.lastTimestampMs);
    }
    this.#holdUndecodable(fetched, generation);
    return true;
  }

  /** The group was joined: a new generation begins, and each partition is placed at its checkpoint. */
  assigned(partitions: TopicPartition[]): void {
    this.#frontier.begin(partitions);
    this.#buffer.discard();
    this.#committer.discard();
    this.source.pause(partitions);
    this.observer.assigned(this.#frontier.generation, partitions);
    void this.#place(partitions).catch((error: unknown) => {
      this.#failure = asError(error);
    });
  }

  /** The topic may have been made anew meanwhile, without a join. */
  interrupted(): void {
    for (const partition of this.#frontier.assigned()) this.#seek(partition);
  }

  /** Looks at where the logs begin and end: for the lag, for logs that lost what was not read yet, and for open transactions. */
  async observeLogs(): Promise<void> {
    const { generation } = this.#frontier;
    const partitions = this.#frontier.assigned();
    if (partitions.length === 0) return;
    const positions = new Map(partitions.map((at) => [partitionName(at), this.#frontier.position(at)]));
    const all = await this.source.bounds(partitions);
    for (const bounds of all) {
      if (!this.#frontier.isCurrent(generation)) return;
      this.#frontier.noteBounds(bounds);
      // A position that moved meanwhile was fetched from the log, so it is inside, whatever the older bounds say.
      const position = this.#frontier.position(bounds);
      const isOutside = position !== null && (position < bounds.low || position > bounds.high);
      if (isOutside && positions.get(partitionName(bounds)) === position) this.#moveInto(bounds, position);
    }
    this.observer.lag(this.#frontier.lags());
    await this.#transactions.note(all);
  }

  /** The operator's word that dead letters beyond the limit are meant. False where no batch is held by it. */
  liftDeadLetterLimit(): boolean {
    return this.#gate.lift();
  }

  /**
   * Stores what has been read, commits its offsets, and takes in nothing more. Resolves when all is settled; the
   * caller keeps the deadline.
   */
  async drain(): Promise<void> {
    this.source.pause(this.#frontier.assigned());
    this.#draining = true;
    // What there is room for is still validated. Before the gate closes: what it holds takes all that follows with it.
    await this.#queue.idle();
    this.#gate.close();
    this.#buffer.close();
    await this.#running;
    await this.#committer.idle();
  }

  status(): PipelineStatus {
    return statusOf({
      frontier: this.#frontier,
      writerFault: this.#writer.fault,
      writerTryingSince: this.#writer.tryingSince,
      assignmentFault: this.#startPositions.fault,
      heldDeadLetters: this.#gate.held,
      isDraining: this.#draining,
      failure: this.#failure,
    });
  }

  /** The checkpoints of the partitions that are read here, as the warehouse holds them; asks nobody. */
  checkpoints(): Checkpoint[] {
    return this.#frontier.checkpoints();
  }

  /** The first offset that the partition's log holds, as far as it has been seen. */
  logStart(at: TopicPartition): number | null {
    return this.#frontier.logStart(at);
  }

  /** Messages that are not settled yet, for every such partition whose log's end is known. */
  lags(): PartitionLag[] {
    return this.#frontier.lags();
  }

  /** Transactions that hold partitions which are read here, as they were last seen; asks nobody. */
  openTransactions(): OpenTransaction[] {
    const assigned = new Set(this.#frontier.assigned().map(partitionName));
    return this.#transactions.lasting().filter((open) => assigned.has(partitionName(open)));
  }

  async #place(partitions: TopicPartition[]): Promise<void> {
    const { generation } = this.#frontier;
    // A batch of the last generation may still be committing: its checkpoints are read when they are settled.
    await this.#writer.idle();
    if (!this.#frontier.isCurrent(generation)) return;
    const starts = await this.#startPositions.find(partitions);
    if (starts === null) return;
    this.#committer.warehouse = starts.warehouse;
    for (const start of starts.partitions) this.#startOne(start);
    this.#commitCheckpoints(partitions);
    if (!this.#draining) this.source.resume(partitions.filter((at) => this.#frontier.position(at) !== null));
    this.observer.lag(this.#frontier.lags());
  }

  #startOne({ checkpoint, fault, ...bounds }: StartPosition): void {
    if (checkpoint !== null) {
      this.#frontier.startAt(checkpoint);
      this.#frontier.noteBounds(bounds);
    } else if (fault !== null) this.#frontier.withhold(bounds, fault);
    if (fault !== null) this.#hold(bounds, fault);
    else if (checkpoint !== null) this.#moveInto(bounds, checkpoint.nextOffset);
  }

  /** Fetches from the position on; one record early, which tells whether the topic is still the same. */
  #seek({ topic, partition }: TopicPartition): void {
    const position = this.#frontier.position({ topic, partition });
    if (position === null) return;
    const offset = this.#frontier.lastRead({ topic, partition })?.offset ?? position;
    this.source.seek({ topic, partition, offset });
  }

  /** Settles a fetch without a new message like any other, so that lag reaches 0. */
  #passOver({ topic, partition, nextOffset, last }: FetchedBatch, position: number): void {
    if (nextOffset <= position) return;
    const lastTimestampMs = last?.timestampMs ?? null;
    const gap = emptyRange({ topic, partition }, position, nextOffset, 'gaps');
    this.#buffer.add({ ...gap, lastTimestampMs });
    this.#frontier.advance({ topic, partition }, nextOffset, lastTimestampMs);
  }

  /** What was read before it is stored all the same. */
  #holdUndecodable(fetched: FetchedBatch, generation: number): void {
    const undecodable = fetched.undecodable ?? null;
    if (undecodable === null || !this.#frontier.isCurrent(generation)) return;
    const { first, isCorrupt, fault } = undecodable;
    if (this.#frontier.position(fetched) !== first) return;
    const name = partitionName(fetched);
    // The next fetch begins there again.
    if (isCorrupt && this.#corrupt.get(name) !== first) this.#corrupt.set(name, first);
    else this.#hold(fetched, fault);
  }

  /** Does not read the partition on until it is assigned anew; the others go on. */
  #hold({ topic, partition }: TopicPartition, fault: Fault): void {
    this.source.pause([{ topic, partition }]);
    this.#frontier.block({ topic, partition }, fault);
    this.observer.partitionHeld({ topic, partition }, fault);
  }

  /** Seeks to the position, or to what is left of the log where that no longer holds it. */
  #moveInto({ topic, partition, low, high }: LogBounds, position: number): void {
    const at = { topic, partition };
    if (position > high) {
      this.#hold(at, lostPast(at, high, position));
      return;
    }
    if (position < low) {
      this.observer.lost({ ...at, from: position, to: low });
      this.#buffer.add(emptyRange(at, position, low, 'lost'));
      this.#frontier.advance(at, low, null);
    }
    this.#seek(at);
  }

  /** A fetch that does not start where it should: the client was reset, or it belongs to an old generation. */
  async #reconcile(
    { topic, partition }: TopicPartition,
    position: number,
    generation: number,
  ): Promise<void> {
    const [bounds] = await this.source.bounds([{ topic, partition }]);
    const isSame =
      this.#frontier.isCurrent(generation) && this.#frontier.position({ topic, partition }) === position;
    if (bounds === undefined || !isSame) return;
    this.#frontier.noteBounds(bounds);
    this.#moveInto(bounds, position);
  }

  /**
   * Waits while the buffer is full, and tells the group meanwhile that this member lives. Answers false where there
   * is nothing to wait for any more.
   */
  async #hasRoom(heartbeat: () => Promise<void>, generation: number): Promise<boolean> {
    const isOver = () => this.#draining || !this.#frontier.isCurrent(generation);
    while (this.#buffer.isFull) {
      if (isOver()) return false;
      const beat = Promise.withResolvers<void>();
      const timer = setTimeout(beat.resolve, HEARTBEAT_MS);
      await Promise.race([this.#buffer.changed, beat.promise]);
      clearTimeout(timer);
      await heartbeat();
      if (isOver()) return false;
    }
    return true;
  }

  #committed({ ranges }: Batch): void {
    this.observer.lag(this.#frontier.lags());
    // Whoever owns a partition now commits its checkpoint.
    this.#committer.commit(ranges.flatMap((range) => this.#frontier.checkpoint(range) ?? []));
  }

  /** The checkpoint is the truth: what was read past it is let go, and reading goes on there. */
  #stale(checkpoints: Checkpoint[]): void {
    const moved = checkpoints.map((checkpoint) => ({
      topic: checkpoint.topic,
      partition: checkpoint.partition,
      expected: this.#frontier.position(checkpoint) ?? checkpoint.nextOffset,
      checkpoint: checkpoint.nextOffset,
    }));
    for (const checkpoint of checkpoints) {
      this.#buffer.discard(checkpoint);
      this.#frontier.startAt(checkpoint);
      this.#seek(checkpoint);
    }
    this.#commitCheckpoints(checkpoints);
    this.observer.checkpointStale(moved);
  }

  /**
   * Kafka may not know them: the commit after a batch can fail, and no other batch may come for long. Where nothing has
   * been settled yet, tools would take the whole log for lag.
   */
  #commitCheckpoints(partitions: TopicPartition[]): void {
    const read = partitions.filter((at) => this.#frontier.position(at) !== null);
    this.#committer.commit(read.flatMap((at) => this.#frontier.checkpoint(at) ?? []));
  }
}
