import type { TopicExtent } from '#kafka';
import type { Lake, LakeObject } from '#lake';
import { timeText, type Message } from '#pipeline';
import { OperationError } from '../../failures.js';
import type { RecordSource } from './record-source.js';

/** Records are handed over in groups of this size, in bytes of their values, or of this many. */
const GROUP_BYTES = 1024 * 1024;
const GROUP_RECORDS = 1_000;

/**
 * The records of the lake from a time on. Begins in each partition where the topic would: at the first record with this
 * timestamp or a later one. An object that was written before that time has none.
 */
export class LakeRecords implements RecordSource {
  private constructor(
    private readonly lake: Lake,
    readonly topic: string,
    private readonly objects: ReadonlyMap<number, readonly LakeObject[]>,
    readonly extent: TopicExtent,
    private readonly sinceMs: number,
  ) {}

  /** @throws FaultError */
  static async since(lake: Lake, topic: string, sinceMs: number): Promise<LakeRecords> {
    const objects: LakeObject[] = [];
    for await (const object of lake.objects(topic)) if (object.writtenAtMs >= sinceMs) objects.push(object);
    if (objects.length === 0) {
      throw new OperationError(
        `The lake in ${lake.store.location} has no objects of ${topic} since ${timeText(sinceMs)}.`,
      );
    }
    const byPartition = Map.groupBy(objects, ({ partition }) => partition);
    const extent = new Map<number, { start: number; end: number }>();
    for (const [partition, own] of byPartition) {
      const [first] = own;
      const last = own.at(-1);
      if (first === undefined || last === undefined) continue;
      extent.set(partition, { start: first.first, end: (await lake.summary(last.key)).next });
    }
    return new LakeRecords(lake, topic, byPartition, extent, sinceMs);
  }

  async *read(): AsyncGenerator<Message[]> {
    for (const objects of this.objects.values()) {
      let hasBegun = false;
      for (const object of objects) {
        let group: Message[] = [];
        let bytes = 0;
        for await (const record of this.lake.records(object)) {
          hasBegun ||= record.timestampMs >= this.sinceMs;
          if (!hasBegun) continue;
          group.push(record);
          bytes += record.value?.length ?? 0;
          if (bytes < GROUP_BYTES && group.length < GROUP_RECORDS) continue;
          yield group;
          group = [];
          bytes = 0;
        }
        if (group.length > 0) yield group;
      }
    }
  }

  notes(): string[] {
    return [];
  }
}
