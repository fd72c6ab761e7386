import type { Kafka } from 'kafkajs';
import {
  FaultError,
  partitionName,
  type CommittedPosition,
  type LogBounds,
  type Position,
  type TopicPartition,
  type TransactionProducer,
} from '#pipeline';
import { noPartition } from '../transport/consumer-faults.js';
import { kafkaFault } from '../transport/kafka-fault.js';
import { TopicLogs } from './topic-logs.js';

/** The service's queries about logs and committed offsets, over one admin connection that is opened on first use. */
export class OffsetQueries {
  readonly #logs: TopicLogs;
  #connected: Promise<void> | null = null;

  constructor(
    kafka: Kafka,
    private readonly groupId: string,
  ) {
    this.#logs = new TopicLogs(kafka);
  }

  /** @throws FaultError */
  async bounds(partitions: TopicPartition[]): Promise<LogBounds[]> {
    const bounds: LogBounds[] = [];
    for (const { topic, partitions: numbers } of byTopic(partitions)) {
      const ends = await this.#query(`reading the offsets of topic ${topic}`, (logs) => logs.bounds(topic));
      const found = new Map(ends.map((each) => [each.partition, each]));
      for (const partition of numbers) {
        const at = found.get(partition);
        if (at === undefined) throw new FaultError(noPartition({ topic, partition }));
        bounds.push({ topic, ...at });
      }
    }
    return bounds;
  }

  /** The producer whose open transaction begins at this position; null if Kafka lists none. @throws FaultError */
  async producerOf({ topic, partition, offset }: Position): Promise<TransactionProducer | null> {
    const open = await this.#query(`reading the transactions of ${topic}`, (logs) =>
      logs.openTransactions(topic, partition),
    );
    const found = open.find(({ firstOffset }) => firstOffset === offset);
    return found === undefined ? null : { producerId: found.producerId, lastWriteMs: found.lastWriteMs };
  }

  /** The group's committed offsets; omits partitions without one. @throws FaultError */
  async committed(partitions: TopicPartition[]): Promise<CommittedPosition[]> {
    const topics = byTopic(partitions).map(({ topic }) => topic);
    const wanted = new Set(partitions.map(partitionName));
    const offsets = await this.#query(`reading the offsets of group ${this.groupId}`, ({ admin }) =>
      admin.fetchOffsets({ groupId: this.groupId, topics }),
    );
    return offsets
      .flatMap(({ topic, partitions: found }) =>
        found.map(({ partition, offset, metadata }) => ({
          topic,
          partition,
          offset: Number(offset),
          metadata: metadata ?? '',
        })),
      )
      .filter((position) => position.offset >= 0 && wanted.has(partitionName(position)));
  }

  async close(): Promise<void> {
    await this.#connected?.then(() => this.#logs.admin.disconnect()).catch(() => undefined);
  }

  async #query<Result>(doing: string, query: (logs: TopicLogs) => Promise<Result>): Promise<Result> {
    try {
      this.#connected ??= this.#logs.admin.connect();
      await this.#connected;
      return await query(this.#logs);
    } catch (error) {
      this.#connected = null;
      throw new FaultError(kafkaFault(error, doing));
    }
  }
}

export function byTopic(partitions: TopicPartition[]): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }));
}
