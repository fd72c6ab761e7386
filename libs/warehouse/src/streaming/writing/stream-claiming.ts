import {
  partitionName,
  type Checkpoint,
  type EventRepository,
  type PartitionStart,
  type TopicPartition,
} from '#pipeline';
import type { PartitionStream } from './partition-stream.js';
import type { SqlWork } from './sql-work.js';

const FIRST_EPOCH = 1;

/**
 * Makes this process the owner of partitions: opens their channels, which fences whoever had them. Without a ledger, a
 * partition begins at the checkpoint of the SQL engine, which creates one by its own rules if there is none.
 *
 * @returns the streams that have a checkpoint; a partition that should have one and does not is left out
 * @throws StreamingError, SnowflakeError, FaultError
 */
export async function claimStreams(
  partitions: readonly PartitionStart[],
  streams: readonly PartitionStream[],
  sql: Pick<EventRepository, 'claim'>,
  work: SqlWork,
): Promise<PartitionStream[]> {
  await Promise.all(streams.map((stream) => stream.openLedger()));
  const entering = streams.filter(({ state }) => state === null || state.isClosed);
  if (entering.length > 0) await enter(partitions, entering, sql, work);
  const begun = streams.filter(({ state }) => state !== null && !state.isClosed);
  await Promise.all(begun.map((stream) => openRows(stream, work)));
  return begun;
}

/** Opens the channels again after one failed; the ledger then shows what was settled. */
export async function reopen(stream: PartitionStream, work: SqlWork): Promise<void> {
  await stream.openLedger();
  await openRows(stream, work);
}

/** Opens the channels for rows. Usually the tables have nothing beyond the ledger, unless a process ended in the middle of a batch. */
export async function openRows(stream: PartitionStream, work: SqlWork): Promise<void> {
  await stream.openRows(() => work.offsetsFrom(stream.at, stream.checkpoint.nextOffset));
}

async function enter(
  partitions: readonly PartitionStart[],
  streams: readonly PartitionStream[],
  sql: Pick<EventRepository, 'claim'>,
  work: SqlWork,
): Promise<void> {
  const first = await work.takeOver(streams.map(({ at }) => at));
  const isKnown = ({ at, state }: { at: TopicPartition; state?: unknown }) =>
    first.found.has(partitionName(at)) || (state !== null && state !== undefined);
  const unknown = new Set(streams.filter((stream) => !isKnown(stream)).map(({ at }) => partitionName(at)));
  const created = partitions.filter((start) => unknown.has(partitionName(start)));
  if (created.length > 0) await sql.claim(created);
  const second = created.length > 0 ? await work.takeOver(created) : { found: new Map<string, Checkpoint>() };
  await Promise.all(
    streams.map(async (stream) => {
      const name = partitionName(stream.at);
      const bySql = first.found.get(name) ?? second.found.get(name);
      const checkpoint = latest(bySql, stream.state?.checkpoint, first.taken.has(name));
      const epoch = stream.state === null ? FIRST_EPOCH : stream.state.epoch + 1;
      if (checkpoint !== undefined) await stream.enter({ epoch, isClosed: false, checkpoint });
    }),
  );
}

/**
 * The SQL engine's checkpoint counts if that engine has just had the partition. Otherwise either a handover to it or one
 * from it was interrupted: the later checkpoint is the newer one.
 */
function latest(
  bySql: Checkpoint | undefined,
  closed: Checkpoint | undefined,
  isTaken: boolean,
): Checkpoint | undefined {
  if (bySql === undefined || closed === undefined || isTaken) return bySql ?? closed;
  return bySql.nextOffset >= closed.nextOffset ? bySql : closed;
}
