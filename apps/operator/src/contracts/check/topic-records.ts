import type { Kafka } from 'kafkajs';
import { readTopic, topicExtent, type TopicExtent } from '#kafka';
import type { Message } from '#pipeline';
import type { KafkaSettings } from '#settings';
import type { RecordSource } from './record-source.js';

/** The committed records of the topic from a time until now. Commits nothing, and does not join the service's group. */
export class TopicRecords implements RecordSource {
  #unreadable = 0;

  private constructor(
    private readonly kafka: Kafka,
    private readonly settings: KafkaSettings,
    readonly extent: TopicExtent,
    private readonly waiting: number,
  ) {}

  /** @throws FaultError */
  static async since(kafka: Kafka, settings: KafkaSettings, sinceMs: number): Promise<TopicRecords> {
    const { extent, waiting } = await topicExtent(kafka, settings.topicName, sinceMs);
    return new TopicRecords(kafka, settings, extent, waiting);
  }

  get topic(): string {
    return this.settings.topicName;
  }

  read(): AsyncIterable<Message[]> {
    return readTopic(this.kafka, this.settings, this.topic, this.extent, {
      isSkipped: async (_, { first, last }) => {
        this.#unreadable += last + 1 - first;
        return true;
      },
    });
  }

  notes(): string[] {
    return [
      this.#unreadable > 0 &&
        `${this.#unreadable.toLocaleString('en')} offsets cannot be decoded, and were passed over.`,
      this.waiting > 0 &&
        `${this.waiting.toLocaleString('en')} offsets wait behind an open transaction, and were not checked.`,
    ].filter((note) => note !== false);
  }
}
