import {
  partitionName,
  type CommittedPosition,
  type EventSource,
  type LogBounds,
  type Position,
  type TopicPartition,
} from '#pipeline';
import type { LakeFetch } from './lake-fetch.js';
import { fetchAt, type LakeAccess } from './lake-log.js';
import type { LakeSpan } from './span.js';

interface Reading {
  span: LakeSpan;
  position: number;
  isPaused: boolean;
}

/**
 * The lake in place of Kafka: the pipeline seeks, pauses and resumes its partitions, and fetches are objects. Each
 * partition ends where its span ends.
 */
export class LakeSource implements EventSource {
  readonly #readings: Map<string, Reading>;

  constructor(
    private readonly access: LakeAccess,
    spans: readonly LakeSpan[],
  ) {
    this.#readings = new Map(
      spans.map((span) => [partitionName(span.log), { span, position: span.log.low, isPaused: true }]),
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
    return this.#of(partitions).map(({ span: { log, to } }) => ({
      ...{ topic: log.topic, partition: log.partition, low: log.low },
      stable: to,
      high: to,
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
      ({ isPaused, position, span }) => !isPaused && position < span.to,
    );
    if (reading === undefined) return null;
    const { span, position } = reading;
    return fetchAt(this.access, span.log, { from: position, to: span.to }, (next) => {
      reading.position = next;
    });
  }

  #of(partitions: TopicPartition[]): Reading[] {
    return partitions.flatMap((at) => this.#readings.get(partitionName(at)) ?? []);
  }
}
