import { Injectable } from '@nestjs/common';
import {
  FaultError,
  partitionName,
  type Batch,
  type Checkpoint,
  type DeferredPartition,
  type EventRepository,
  type Fault,
  type PartitionStart,
  type RejectedRow,
  type TopicPartition,
  type TransactionResult,
  type WriteResult,
} from '#pipeline';
import { notOpen } from '../../checkpoint-faults.js';
import { Mutex } from '../../mutex.js';
import { givenGroup } from '../../snowflake/checkpoints/streaming-group.js';
import { SnowflakeRepository } from '../../snowflake/writing/snowflake-repository.js';
import { WriteSteps } from '../../write-steps.js';
import { CommitWatch } from '../channels/commit-watch.js';
import { StreamingClient } from '../rest/streaming-client.js';
import { toFault } from '../rest/streaming-error.js';
import { checkStreaming } from '../schema/streaming-check.js';
import type { StreamingOptions } from '../streaming-options.js';
import { partsOf, type BatchPart } from './batch-parts.js';
import { decidedEarlier } from './decided-earlier.js';
import { PartitionStream } from './partition-stream.js';
import { refusedRows } from './refused-rows.js';
import { SqlWork } from './sql-work.js';
import { claimStreams, reopen } from './stream-claiming.js';

/** Snowflake's limit of a request allows no longer values. */
const MAX_VALUE_BYTES = 4 * 1024 * 1024;

/** A tenth of the time that Snowflake takes to commit, so that requests stay few. */
const APPEND_EVERY_MS = 500;

/**
 * Snowflake as the warehouse, written through Snowpipe Streaming: three channels for each partition, for rows, dead
 * letters and the ledger. A batch is appended, and settled in the ledger when Snowflake has committed its rows. SQL does
 * what is rare: the start, partitions without a ledger, redriven messages, and what an interrupted batch has left.
 */
@Injectable()
export class StreamingRepository implements EventRepository {
  readonly #sql: SnowflakeRepository;
  readonly #work: SqlWork;
  readonly #client: StreamingClient;
  readonly #watch: CommitWatch;
  /** The partitions that this process owns, by name. */
  #streams = new Map<string, PartitionStream>();
  #isReady = false;
  #isReopening = false;
  #identity: string | null = null;
  /** Serializes the calls, except {@link prepare}. */
  readonly #mutex = new Mutex();
  /** Resolves when nothing is appended ahead. */
  #preparing: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: StreamingOptions) {
    this.#sql = new SnowflakeRepository(options);
    this.#work = new SqlWork(options);
    this.#client = new StreamingClient(options);
    this.#watch = new CommitWatch(this.#client, options.requestTimeoutMs);
  }

  get warnings(): readonly string[] {
    return this.#sql.warnings;
  }

  async open(): Promise<Fault[]> {
    return this.#mutex.run(async () => {
      this.#isReady = false;
      this.#streams.clear();
      const faults = await this.#sql.open();
      if (faults.length > 0) return faults;
      try {
        const found = await checkStreaming(this.options, this.#client);
        this.#isReady = found.length === 0;
        return found;
      } catch (error) {
        return [toFault(error)];
      }
    });
  }

  async identity(): Promise<string> {
    return (this.#identity ??= await this.#sql.identity());
  }

  async claim(partitions: PartitionStart[]): Promise<Checkpoint[]> {
    return this.#orFault(async () => {
      await this.#preparing;
      this.#streams.clear();
      const streams = partitions.map(({ topic, partition }) => this.#stream({ topic, partition }));
      const claimed = await claimStreams(partitions, streams, this.#sql, this.#work);
      this.#streams = new Map(claimed.map((stream) => [partitionName(stream.at), stream]));
      return claimed.map(({ checkpoint }) => checkpoint);
    });
  }

  async storedEnds(partitions: TopicPartition[]): Promise<number[]> {
    return this.#sql.storedEnds(partitions);
  }

  async otherGroups(topic: string): Promise<string[]> {
    const groups = (await this.#sql.groupsOf(topic)).map(givenGroup);
    return groups.includes(this.options.consumerGroup) ? [] : groups;
  }

  async write(batch: Batch): Promise<WriteResult> {
    const steps = new WriteSteps();
    try {
      const result = await this.#mutex.run(() => this.#write(batch, steps));
      return { ...result, steps: steps.taken, billedBytes: this.#client.takeBilledBytes() };
    } catch (error) {
      const billedBytes = this.#client.takeBilledBytes();
      return { kind: 'fault', fault: toFault(error), steps: steps.taken, billedBytes };
    }
  }

  /** Rows become durable apart from their batch, so that none waits for the commits of the batch before. */
  readonly preparesGrowingEveryMs = APPEND_EVERY_MS;

  /** Appends the next batch while the one before waits for its commit. A failure shows again in {@link write}. */
  prepare(batch: Batch): void {
    const isOwned = batch.ranges.every(
      (range) => this.#streams.get(partitionName(range))?.hasFailed === false,
    );
    const isRedriven = batch.rows.some(({ redriveId }) => redriveId !== null);
    if (!isOwned || isRedriven || this.#isReopening) return;
    // Without its dead letters, which the limit may still hold, and without rows that were dead letters before.
    const appended = allOf(
      this.#parts(batch).map(({ stream, rows }) =>
        stream.appendRows(rows.filter(({ row }) => !stream.letters.has(row.message.offset))),
      ),
    );
    this.#preparing = Promise.allSettled([this.#preparing, appended]);
  }

  async deletePredecessorRows(): Promise<number> {
    return this.#sql.deletePredecessorRows();
  }

  async close(): Promise<void> {
    await this.#mutex.run(async () => {
      this.#isReady = false;
      await this.#preparing;
      this.#streams.clear();
      await this.#sql.close();
    });
  }

  async #write(batch: Batch, steps: WriteSteps): Promise<TransactionResult> {
    if (!this.#isReady) throw notOpen();
    const startedAt = performance.now();
    const parts = this.#parts(batch);
    const closed = parts.flatMap(({ stream }) => deferred(stream));
    if (closed.length > 0) return { kind: 'deferred', partitions: closed };
    await this.#reopen(parts.map(({ stream }) => stream).filter(({ hasFailed }) => hasFailed));
    const open = parts.filter(({ stream, range }) => !stream.hasSettled(range));
    const moved = open.filter(({ stream, range }) => !stream.isAt(range));
    if (moved.length > 0) return { kind: 'stale', checkpoints: moved.map(({ stream }) => stream.checkpoint) };
    const stored = await this.#alreadyStored(batch, open);
    if (stored.length > 0) return { kind: 'already-stored', indexes: stored };
    const earlier = decidedEarlier(batch, open);
    if (earlier !== null) return earlier;
    const rejected = await steps.take('stage', () => this.#append(open));
    if (rejected.length > 0) return { kind: 'rejected', rows: rejected };
    await steps.take('commit', () =>
      this.#watch.committed(open.flatMap(({ stream, rows, letters }) => stream.awaited(rows, letters))),
    );
    const refused = await refusedRows(open, this.#work);
    if (refused.length > 0) return { kind: 'rejected', rows: refused };
    await steps.take('checkpoints', () => this.#settle(open));
    for (const { stream } of parts) stream.confirm();
    return { kind: 'stored', seconds: (performance.now() - startedAt) / 1000 };
  }

  async #reopen(failed: readonly PartitionStream[]): Promise<void> {
    if (failed.length === 0) return;
    this.#isReopening = true;
    try {
      await this.#preparing;
      await allOf(failed.map((stream) => reopen(stream, this.#work)));
    } finally {
      this.#isReopening = false;
    }
  }

  async #append(parts: readonly BatchPart[]): Promise<RejectedRow[]> {
    const rejected = parts.map(({ stream, rows }) => stream.appendRows(rows));
    const letters = parts.map(({ stream, letters: own }) => stream.appendLetters(own).then(() => []));
    return (await allOf([...rejected, ...letters])).flat();
  }

  async #settle(parts: readonly BatchPart[]): Promise<void> {
    const awaited = await allOf(parts.map(({ stream, range }) => stream.enterRange(range)));
    await this.#watch.committed(awaited);
    for (const { stream } of parts) stream.entered();
  }

  /** Redriven messages are stored once: their dead letters say where, before the rows are appended. */
  async #alreadyStored(batch: Batch, open: readonly BatchPart[]): Promise<number[]> {
    const rows = open.flatMap((part) => part.rows).filter(({ row }) => row.redriveId !== null);
    if (rows.length === 0) return [];
    const found = await this.#work.noteStored(rows.map(({ row }) => row));
    return found.flatMap((index) => rows[index]?.index ?? []);
  }

  #parts(batch: Batch): BatchPart[] {
    return partsOf(batch, this.#streams, this.options.consumerGroup);
  }

  #stream(at: TopicPartition): PartitionStream {
    const { consumerGroup, fencePauseMs, maxDeadLetterValueBytes = MAX_VALUE_BYTES } = this.options;
    const options = { consumerGroup, fencePauseMs, maxDeadLetterValueBytes };
    return new PartitionStream(at, this.#client, this.#watch, options);
  }

  /** @throws FaultError */
  async #orFault<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#mutex.run(async () => {
        if (!this.#isReady) throw notOpen();
        return work();
      });
    } catch (error) {
      throw error instanceof FaultError ? error : new FaultError(toFault(error));
    }
  }
}

/** A partition whose channels another owner may have opened waits alone. */
function deferred({ closedFor, checkpoint }: PartitionStream): DeferredPartition[] {
  if (closedFor === null) return [];
  return [{ checkpoint, fault: toFault(closedFor.error), waitMs: closedFor.ms }];
}

/** Waits until all have ended, because a channel that is in use must not be opened again. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
