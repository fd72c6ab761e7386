import { FaultError, partitionName, type Checkpoint, type Fault, type TopicPartition } from '#pipeline';
import type { CheckpointMove, CheckpointStore, DatedCheckpoint } from '../../ledger/checkpoint-store.js';
import { SNOWFLAKE } from '../../ledger/dialects.js';
import { readCheckpointsOf } from '../../ledger/read-ledger.js';
import { findForm } from '../../snowflake/checkpoints/find-form.js';
import { warehouseIdentity } from '../../snowflake/checkpoints/warehouse-identity.js';
import { SnowflakeConnection } from '../../snowflake/session/snowflake-connection.js';
import { CommitWatch } from '../channels/commit-watch.js';
import { StreamingClient } from '../rest/streaming-client.js';
import { toFault } from '../rest/streaming-error.js';
import { STREAMING_CHECKPOINTS } from '../schema/ledger-table.js';
import type { StreamingOptions } from '../streaming-options.js';
import { PartitionStream } from '../writing/partition-stream.js';
import { openRows } from '../writing/stream-claiming.js';
import { SqlWork } from '../writing/sql-work.js';

/** The checkpoints that Snowpipe Streaming keeps. It reads them by SQL; to move one, it opens the channel of its ledger. */
export class StreamingCheckpointStore extends SnowflakeConnection implements CheckpointStore {
  readonly #client: StreamingClient;
  readonly #work: SqlWork;

  constructor(private readonly streaming: StreamingOptions) {
    super(streaming);
    this.#client = new StreamingClient(streaming);
    this.#work = new SqlWork(streaming);
  }

  async read(group: string, topic: string): Promise<DatedCheckpoint[]> {
    return this.ask((session) =>
      readCheckpointsOf((sql, binds) => session.query(sql, binds), SNOWFLAKE, group, topic, [
        STREAMING_CHECKPOINTS,
      ]),
    );
  }

  async identity(): Promise<string> {
    return this.ask(async (session) => warehouseIdentity(session, await findForm(session, this.options)));
  }

  /** A moved partition begins a ledger with channels of its own: those of the old one know offsets of the old one. */
  async move(group: string, moves: readonly CheckpointMove[]): Promise<boolean> {
    return orFault(async () => {
      const streams = moves.map(({ topic, partition }) => this.#stream(group, { topic, partition }));
      await Promise.all(streams.map((stream) => stream.openLedger()));
      const isExpected = moves.every(({ expected }, index) => {
        const state = streams[index]?.state ?? null;
        return (state?.checkpoint.nextOffset ?? null) === expected;
      });
      if (!isExpected) return false;
      // The SQL engine must not continue from a checkpoint that it may have.
      await this.#workOf(group).takeOver(moves);
      await Promise.all(
        streams.map((stream, index) => {
          const epoch = (stream.state?.epoch ?? 0) + 1;
          return stream.enter({
            epoch,
            isClosed: false,
            checkpoint: emptyLedger(stream.at, moves[index]?.to ?? 0),
          });
        }),
      );
      return true;
    });
  }

  async handOver(group: string, topic: string): Promise<Checkpoint[]> {
    return orFault(async () => {
      const work = this.#workOf(group);
      const checkpoints = await this.read(group, topic);
      const streams = checkpoints.map(({ partition }) => this.#stream(group, { topic, partition }));
      await Promise.all(streams.map((stream) => stream.openLedger()));
      for (const stream of streams) {
        const { state } = stream;
        if (state === null || state.isClosed) continue;
        await openRows(stream, work);
        if (!stream.events.isEmpty || !stream.letters.isEmpty) throw unsettled(stream.at);
      }
      for (const stream of streams) {
        const { state } = stream;
        if (state !== null && !state.isClosed) await stream.enter({ ...state, isClosed: true });
      }
      const closed = streams.flatMap(({ state }) => state?.checkpoint ?? []);
      await work.handOver(closed);
      return closed;
    });
  }

  #workOf(consumerGroup: string): SqlWork {
    return consumerGroup === this.streaming.consumerGroup
      ? this.#work
      : new SqlWork({ ...this.streaming, consumerGroup });
  }

  #stream(consumerGroup: string, at: TopicPartition): PartitionStream {
    const watch = new CommitWatch(this.#client, this.streaming.requestTimeoutMs);
    const options = { consumerGroup, fencePauseMs: 0, maxDeadLetterValueBytes: 0 };
    return new PartitionStream(at, this.#client, watch, options);
  }
}

function emptyLedger({ topic, partition }: TopicPartition, offset: number): Checkpoint {
  const counters = { stored: 0, deadLettered: 0, skipped: 0, gaps: 0, lost: 0, lastTimestampMs: null };
  return { topic, partition, firstOffset: offset, nextOffset: offset, ...counters };
}

function unsettled(at: TopicPartition): FaultError {
  const fault: Fault = {
    class: 'setup',
    code: 'UNSETTLED',
    message: `The tables have messages of ${partitionName(at)} beyond its checkpoint: a process was ended in the middle of a batch`,
    remedy:
      'Start the service with SNOWFLAKE_INGEST=streaming until its lag falls, stop it by SIGTERM, and run the command again. ' +
      'Nothing was handed over',
  };
  return new FaultError(fault);
}

async function orFault<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof FaultError ? error : new FaultError(toFault(error));
  }
}
