import type { Lake, LakeObject, ObjectSummary, UnreadablePart } from '#lake';
import { FaultError, nearestMs, partitionName, type Message, type TopicPartition } from '#pipeline';
import { LakeFetch } from './lake-fetch.js';
import type { LeftOut } from './left-out.js';

/** A partition of the lake as a log. */
export interface LakeLog extends TopicPartition {
  objects: readonly LakeObject[];
  /** The first offset with a record that the objects cover, and the one after the last. */
  low: number;
  end: number;
}

/** The lake, and what to do about objects that are missing or cannot be read. */
export interface LakeAccess {
  lake: Lake;
  /** Takes what is passed over; null if it ends the command. */
  leftOut: LeftOut | null;
}

/**
 * Lists the objects of each partition, and reads the footers of the first and the last one.
 *
 * @param isWanted the partitions to list
 * @throws FaultError
 */
export async function lakeLogs(
  access: LakeAccess,
  topic: string,
  isWanted: (partition: number) => boolean,
): Promise<LakeLog[]> {
  const { lake } = access;
  const objects: LakeObject[] = [];
  for await (const object of lake.objects(topic)) if (isWanted(object.partition)) objects.push(object);
  const logs: LakeLog[] = [];
  for (const [partition, own] of Map.groupBy(objects, (object) => object.partition)) {
    let last = own.at(-1);
    let end = last && (await summaryOf(access, last))?.next;
    while (last !== undefined && end === undefined) {
      const why = 'its footer cannot be read, so it is not known where it ends';
      access.leftOut?.add({ topic, partition, from: last.first, to: null, key: last.key, why });
      own.pop();
      end = last.first;
      last = own.at(-1);
    }
    const [first] = own;
    if (first === undefined || end === undefined) continue;
    const { lost = 0 } = (await summaryOf(access, first)) ?? {};
    logs.push({ topic, partition, objects: own, low: first.first + lost, end });
  }
  return logs.sort((one, other) => one.partition - other.partition);
}

/**
 * The records of one object from an offset on, below the end.
 *
 * @param onResolved called once they are read
 * @throws FaultError, also if no object covers the offset
 */
export async function fetchAt(
  access: LakeAccess,
  log: LakeLog,
  { from, to }: { from: number; to: number },
  onResolved: (next: number) => void = () => undefined,
): Promise<LakeFetch> {
  const fetched = (next: number, lastTimestampMs: number | null, records: Message[]) =>
    new LakeFetch(log, from, { next, lastTimestampMs }, records, log.end, () => {
      onResolved(next);
    });
  const object = log.objects.findLast(({ first }) => first <= from);
  const summary = object === undefined ? null : await summaryOf(access, object);
  const following = log.objects.find(({ first }) => first > from)?.first ?? log.end;
  const next = Math.min(summary?.next ?? following, to);
  if (object === undefined || next <= from) {
    if (access.leftOut === null) throw new FaultError(missing(log, from));
    const { topic, partition } = log;
    const range = { from, to: Math.min(following, to), key: null, why: 'no object of the lake covers them' };
    access.leftOut.add({ topic, partition, ...range });
    return fetched(range.to, null, []);
  }
  const records = await recordsOf(access, object, { from, to: next });
  const last = records.at(-1);
  const isWhole = summary !== null && summary.next <= to;
  return fetched(next, isWhole ? summary.lastTimestampMs : timeAt(last, next - 1), records);
}

/** Reads [from, to) of an object, and leaves out what cannot be read if that is wanted. */
async function recordsOf(
  { lake, leftOut }: LakeAccess,
  object: LakeObject,
  { from, to }: { from: number; to: number },
): Promise<Message[]> {
  const { topic, partition, key } = object;
  const records: Message[] = [];
  let expected = from;
  let unreadable: UnreadablePart | null = null;
  const leaveOut = (upTo: number) => {
    if (unreadable === null) return;
    const why = `line ${unreadable.line}${unreadable.isRest ? ' and the rest' : ''}: ${unreadable.why}`;
    leftOut?.add({ topic, partition, from: expected, to: Math.min(upTo, to), key, why });
    unreadable = null;
  };
  const noteUnreadable = (part: UnreadablePart) => (unreadable ??= part);
  for await (const list of lake.recordLists(object, leftOut === null ? undefined : noteUnreadable))
    for (const record of list) {
      leaveOut(record.offset);
      expected = Math.max(expected, record.offset + 1);
      if (record.offset >= from && record.offset < to) records.push(record);
    }
  leaveOut(to);
  return records;
}

/** Null if the footer cannot be read, and that is to be passed over. */
async function summaryOf({ lake, leftOut }: LakeAccess, { key }: LakeObject): Promise<ObjectSummary | null> {
  try {
    return await lake.summary(key);
  } catch (error) {
    const isDamaged = error instanceof FaultError && error.fault.code === 'LAKE_OBJECT_DAMAGED';
    if (leftOut === null || !isDamaged) throw error;
    return null;
  }
}

/** Null if the record is at another offset. */
function timeAt(record: Message | undefined, offset: number): number | null {
  return record?.offset === offset ? nearestMs(record.timestampMs) : null;
}

function missing(at: TopicPartition, offset: number) {
  return {
    class: 'setup' as const,
    code: 'LAKE_HOLE',
    message: `No object of the lake covers ${partitionName(at)}@${offset}`,
    remedy:
      'Run `operator lake verify`, and restore the objects that it misses, or go on without them with --skip-unreadable',
  };
}
