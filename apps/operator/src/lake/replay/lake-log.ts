import type { Lake, LakeObject } from '#lake';
import { FaultError, nearestMs, partitionName, type Message, type TopicPartition } from '#pipeline';
import { LakeFetch } from './lake-fetch.js';

/** A partition of the lake as a log. */
export interface LakeLog extends TopicPartition {
  objects: readonly LakeObject[];
  /** The first offset with a record that the objects cover, and the one after the last. */
  low: number;
  end: number;
}

/**
 * Lists the objects of each partition, and reads the footers of the first and the last one.
 *
 * @param isWanted the partitions to list
 * @throws FaultError
 */
export async function lakeLogs(
  lake: Lake,
  topic: string,
  isWanted: (partition: number) => boolean,
): Promise<LakeLog[]> {
  const objects: LakeObject[] = [];
  for await (const object of lake.objects(topic)) if (isWanted(object.partition)) objects.push(object);
  const logs: LakeLog[] = [];
  for (const [number, own] of Map.groupBy(objects, (object) => object.partition)) {
    const [first] = own;
    const last = own.at(-1);
    if (first === undefined || last === undefined) continue;
    const { lost } = await lake.summary(first.key);
    const { next } = await lake.summary(last.key);
    logs.push({ topic, partition: number, objects: own, low: first.first + lost, end: next });
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
  lake: Lake,
  log: LakeLog,
  { from, to }: { from: number; to: number },
  onResolved: (next: number) => void = () => undefined,
): Promise<LakeFetch> {
  const object = log.objects.findLast(({ first }) => first <= from);
  if (object === undefined) throw new FaultError(missing(log, from));
  const summary = await lake.summary(object.key);
  if (summary.next <= from) throw new FaultError(missing(log, from));
  const records: Message[] = [];
  for await (const record of lake.records(object))
    if (record.offset >= from && record.offset < to) records.push(record);
  const last = records.at(-1);
  const next = Math.min(summary.next, to);
  const lastTimestampMs = summary.next <= to ? summary.lastTimestampMs : timeAt(last, next - 1);
  return new LakeFetch(log, from, { next, lastTimestampMs }, records, log.end, () => {
    onResolved(next);
  });
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
    remedy: 'Run `operator lake verify`, and restore the objects that it misses',
  };
}
