import { count, counted, total } from '#terminal';
import { FolderStore, Lake } from '#lake';

/** What the objects of a partition cover. */
export interface ArchivedPartition {
  records: number;
  /** Offsets that the objects cover without a record. */
  empty: number;
  next: number;
  /** Offsets between two objects that neither covers, or that both cover. */
  misfits: number;
}

export type Archive = ReadonlyMap<number, ArchivedPartition>;

/** What the lake holds, by the footers of its objects. */
export async function readArchive(folder: string, topic: string): Promise<Archive> {
  const lake = new Lake(new FolderStore(folder));
  const partitions = new Map<number, ArchivedPartition>();
  for await (const { key, partition } of lake.objects(topic)) {
    const { first, next, records } = await lake.summary(key);
    const before = partitions.get(partition) ?? { records: 0, empty: 0, next: 0, misfits: 0 };
    partitions.set(partition, {
      records: before.records + records,
      empty: before.empty + next - first - records,
      next,
      misfits: before.misfits + Math.abs(first - before.next),
    });
  }
  return partitions;
}

export function archivedRecords(archive: Archive): number {
  return total(new Map([...archive].map(([partition, { records }]) => [partition, records])));
}

/** What the lake lacks of the topic, a sentence each. */
export function archiveDifferences(
  archive: Archive,
  logStarts: ReadonlyMap<number, number>,
  logEnds: ReadonlyMap<number, number>,
): string[] {
  let left = 0;
  const differences: string[] = [];
  for (const [partition, end] of logEnds) {
    const { next, empty, misfits } = archive.get(partition) ?? { next: 0, empty: 0, misfits: 0 };
    left += Math.max(0, end - Math.max(next, logStarts.get(partition) ?? 0));
    if (next > end)
      differences.push(`Partition ${partition}: the lake goes on after the end of Kafka's log.`);
    if (misfits > 0)
      differences.push(
        `Partition ${partition}: ${counted(misfits, 'offset')} missing or double in the lake.`,
      );
    // The run sends no transactions and its topic is not compacted.
    const gone = Math.min(next, logStarts.get(partition) ?? 0);
    if (empty > gone)
      differences.push(
        `Partition ${partition}: the lake lacks ${count(empty - gone)} of the records that it covers.`,
      );
  }
  if (left > 0)
    differences.push(`${counted(left, 'message')} not archived yet; the next npm start continues with them.`);
  return differences;
}
