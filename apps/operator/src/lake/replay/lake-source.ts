import type { Lake, LakeObject } from '#lake';
import {
  FaultError,
  partitionName,
  type CommittedPosition,
  type EventSource,
  type LogBounds,
  type Message,
  type Position,
  type TopicPartition,
} from '#pipeline';
import { LakeFetch } from './lake-fetch.js';

/** A partition of the lake as a log. */
export interface LakeLog extends TopicPartition {
  objects: readonly LakeObject[];
  /** The first offset with a record that the objects cover, and the one after the last. */
  low: number;
  end: number;
}

interface Reading {
  log: LakeLog;
  position: number;
  isPaused: boolean;
}

/** Lists the objects of each partition, and reads the footers of the first and the last one. @throws FaultError */
export async function lakeLogs(lake: Lake, topic: string, partition?: number): Promise<LakeLog[]> {
  const objects: LakeObject[] = [];
  for await (const object of lake.objects(topic, partition)) objects.push(object);
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

/** The lake in place of Kafka: the pipeline seeks, pauses and resumes its partitions, and fetches are objects. */
export class LakeSource implements EventSource {
  readonly #readings: Map<string, Reading>;

  constructor(
    private readonly lake: Lake,
    logs: readonly LakeLog[],
  ) {
    this.#readings = new Map(
      logs.map((log) => [partitionName(log), { log, position: log.low, isPaused: true }]),
    );
  }

  listen(): void {
    // The caller assigns the partitions.
  }

  pause(partitions: TopicPartition[]): void {
    for (const reading of this.#of(partitions)) reading.isPaused = true;
  }

  resume(partitions: TopicPartition[]): void {
    for (const reading of this.#of(partitions)) reading.isPaused = false;
  }

  seek(position: Position): void {
    for (const reading of this.#of([position])) reading.position = position.offset;
  }

  async bounds(partitions: TopicPartition[]): Promise<LogBounds[]> {
    return this.#of(partitions).map(({ log: { topic, partition, low, end } }) => ({
      ...{ topic, partition, low },
      stable: end,
      high: end,
    }));
  }

  async producerOf(): Promise<null> {
    return null;
  }

  /** The group's commits speak of Kafka, and the warehouse may be a new one. */
  async committed(): Promise<CommittedPosition[]> {
    return [];
  }

  async commit(): Promise<void> {
    // The service commits once it continues.
  }

  /** Fetches the rest of the object at the position of a partition; null if all are read or paused. @throws FaultError */
  async fetch(): Promise<LakeFetch | null> {
    const reading = [...this.#readings.values()].find(
      ({ isPaused, position, log }) => !isPaused && position < log.end,
    );
    if (reading === undefined) return null;
    const { log, position } = reading;
    const object = log.objects.findLast(({ first }) => first <= position);
    if (object === undefined) throw new FaultError(missing(log, position));
    const summary = await this.lake.summary(object.key);
    if (summary.next <= position) throw new FaultError(missing(log, position));
    const records: Message[] = [];
    for await (const record of this.lake.records(object)) if (record.offset >= position) records.push(record);
    return new LakeFetch(log, position, summary, records, log.end, () => {
      reading.position = summary.next;
    });
  }

  #of(partitions: TopicPartition[]): Reading[] {
    return partitions.flatMap((at) => this.#readings.get(partitionName(at)) ?? []);
  }
}

function missing(at: TopicPartition, offset: number) {
  return {
    class: 'setup' as const,
    code: 'LAKE_HOLE',
    message: `No object of the lake covers ${partitionName(at)}@${offset}`,
    remedy: 'Run `operator lake verify`, and restore the objects that it misses',
  };
}
