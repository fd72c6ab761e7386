import type { Lake, LakeObject, ObjectSummary } from '#lake';
import { FaultError, faultText, partitionName } from '#pipeline';
import type { PartitionLog } from '../../topic-log.js';

export interface PartitionFindings {
  partition: number;
  objects: number;
  bytes: number;
  records: number;
  /** The first offset that the objects cover, and the one after the last. */
  from: number;
  next: number;
  /** Offsets that retention had deleted before they were read. */
  lost: number;
  /** Records of Kafka's log that are not archived yet; null without Kafka. */
  behind: number | null;
}

export interface LakeFindings {
  partitions: PartitionFindings[];
  /** One sentence each, with coordinates. */
  problems: string[];
}

/** How many footers are read at once. */
const CONCURRENCY = 16;

/**
 * Checks that the objects of each partition follow one another without holes and overlaps, by their footers, and with
 * `deep` also by their records.
 *
 * @param logs Kafka's logs to compare with; null to compare only the objects
 * @throws FaultError if the store does not respond
 */
export async function verifyLake(
  lake: Lake,
  topic: string,
  {
    logs,
    deep,
    partition,
  }: { logs: readonly PartitionLog[] | null; deep: boolean; partition?: number | undefined },
): Promise<LakeFindings> {
  const problems: string[] = [];
  const partitions = new Map<number, PartitionFindings>();
  for await (const objects of inGroups(lake.objects(topic, partition), CONCURRENCY)) {
    const summaries = await Promise.all(objects.map((object) => summaryOf(lake, object, problems)));
    for (const [index, object] of objects.entries()) {
      const summary = summaries[index] ?? null;
      if (summary === null) continue;
      note(partitions, object, summary, problems);
      if (deep) problems.push(...(await recordProblems(lake, object, summary)));
    }
  }
  for (const log of logs ?? [])
    if (partition === undefined || log.partition === partition) compare(partitions, topic, log, problems);
  return { partitions: [...partitions.values()], problems };
}

/** Null if the object is damaged. */
async function summaryOf(lake: Lake, { key }: LakeObject, problems: string[]): Promise<ObjectSummary | null> {
  try {
    return await lake.summary(key);
  } catch (error) {
    if (!(error instanceof FaultError) || error.fault.code !== 'LAKE_OBJECT_DAMAGED') throw error;
    problems.push(faultText(error.fault));
    return null;
  }
}

function note(
  partitions: Map<number, PartitionFindings>,
  { topic, partition, bytes }: LakeObject,
  { first, next, records, lost }: ObjectSummary,
  problems: string[],
): void {
  const before = partitions.get(partition);
  const name = partitionName({ topic, partition });
  if (before !== undefined && first > before.next)
    problems.push(`${name}@${before.next} to ${first - 1} are in no object.`);
  if (before !== undefined && first < before.next)
    problems.push(`${name}@${first} to ${Math.min(before.next, next) - 1} are in two objects.`);
  partitions.set(partition, {
    partition,
    objects: (before?.objects ?? 0) + 1,
    bytes: (before?.bytes ?? 0) + bytes,
    records: (before?.records ?? 0) + records,
    from: before?.from ?? first,
    next: Math.max(next, before?.next ?? 0),
    lost: (before?.lost ?? 0) + lost,
    behind: null,
  });
}

function compare(
  partitions: Map<number, PartitionFindings>,
  topic: string,
  { partition, start, end }: PartitionLog,
  problems: string[],
): void {
  const found = partitions.get(partition);
  const next = found?.next ?? 0;
  const name = partitionName({ topic, partition });
  if (next > end) {
    problems.push(
      `${name}: the lake covers offsets up to ${next - 1}, but Kafka's log ends at ${end}: the topic was recreated, or ` +
        'lost data.',
    );
  } else if (start > next && end > next) {
    problems.push(`${name}@${next} to ${start - 1} are neither in the lake nor in Kafka any more.`);
  }
  if (found !== undefined) found.behind = Math.max(0, end - next);
  else if (end > start) partitions.set(partition, { ...noObjects(partition), behind: end - start });
}

/** A partition that the lake does not have. */
export function noObjects(partition: number): PartitionFindings {
  return { partition, objects: 0, bytes: 0, records: 0, from: 0, next: 0, lost: 0, behind: null };
}

/** Reads an object: what its footer says must be true of its records. */
async function recordProblems(lake: Lake, object: LakeObject, summary: ObjectSummary): Promise<string[]> {
  const { key } = object;
  let records = 0;
  let expected = summary.first;
  try {
    for await (const list of lake.recordLists(object))
      for (const { partition, offset } of list) {
        if (partition !== object.partition || offset < expected || offset >= summary.next)
          return [`${key}: the record of partition ${partition} at offset ${offset} does not belong there.`];
        expected = offset + 1;
        records += 1;
      }
  } catch (error) {
    if (!(error instanceof FaultError) || error.fault.code !== 'LAKE_OBJECT_DAMAGED') throw error;
    return [faultText(error.fault)];
  }
  return records === summary.records
    ? []
    : [`${key} has ${records} records, and its footer says ${summary.records}.`];
}

async function* inGroups<Item>(items: AsyncIterable<Item>, size: number): AsyncIterable<Item[]> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
