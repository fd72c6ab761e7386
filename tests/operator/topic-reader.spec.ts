import { setTimeout as pass } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { readTopic, topicExtent } from '#kafka';
import type { Message } from '#pipeline';
import { loadKafkaSettings } from '#settings';
import { createTopic, produce, uniqueTopic } from '#testing';
import { BOOTSTRAP } from '../support/scenario.js';

const SESSION_MS = 6_000;
const PARTITIONS = 3;
const MESSAGES = 600;

describe('readTopic reads the topic as it was at the start', () => {
  const kafka = new Kafka({ brokers: [BOOTSTRAP], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  beforeAll(() => admin.connect());
  afterAll(() => admin.disconnect());

  /** Small fetches, so that there are many of them. */
  function settingsOf(topic: string) {
    return loadKafkaSettings({
      KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP,
      KAFKA_TOPIC_NAME: topic,
      KAFKA_GROUP_ID: topic,
      KAFKA_SESSION_TIMEOUT_MS: String(SESSION_MS),
      KAFKA_HEARTBEAT_INTERVAL_MS: '1000',
      KAFKA_FETCH_MAX_BYTES_PER_PARTITION: '16384',
    }).kafka;
  }

  async function topicOf(messages: number): Promise<string> {
    const topic = uniqueTopic('read');
    await createTopic(BOOTSTRAP, topic, { partitions: PARTITIONS });
    await fill(topic, 0, messages);
    return topic;
  }

  /** Produces in small batches, as a record batch is always fetched whole. */
  async function fill(topic: string, from: number, to: number): Promise<void> {
    for (let first = from; first < to; first += 60) {
      const count = Math.min(60, to - first);
      const messages = Array.from({ length: count }, (_, index) => ({
        value: `${first + index} ${'x'.repeat(500)}`,
        partition: (first + index) % PARTITIONS,
      }));
      await produce(BOOTSTRAP, topic, messages);
    }
  }

  async function read(topic: string, onFetch: (fetch: number) => Promise<void> = async () => undefined) {
    const messages: Message[] = [];
    let fetches = 0;
    const { extent } = await topicExtent(kafka, topic);
    for await (const some of readTopic(kafka, settingsOf(topic), topic, extent)) {
      messages.push(...some);
      fetches += 1;
      await onFetch(fetches);
    }
    return messages;
  }

  function expectOnceInOrder(messages: readonly Message[], from: number, to: number): void {
    const lists = Map.groupBy(messages, ({ partition }) => partition);
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const offsets = lists.get(partition)?.map(({ offset }) => offset);
      expect(offsets).toEqual(Array.from({ length: to - from }, (_, index) => from + index));
    }
  }

  async function groupsOf(topic: string): Promise<string[]> {
    const { groups } = await admin.listGroups();
    return groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(topic));
  }

  it('once and in order, no further, however slow the consumer is', async () => {
    const topic = await topicOf(MESSAGES);
    const messages = await read(topic, async (fetch) => {
      if (fetch === 1) await fill(topic, MESSAGES, MESSAGES + 60);
      // Longer than the group waits for a silent member.
      if (fetch === 2) await pass(SESSION_MS + 2_000);
    });
    expectOnceInOrder(messages, 0, MESSAGES / PARTITIONS);
    expect(await groupsOf(topic)).toEqual([]);
  });

  it('one partition after the other, each from its start offset', async () => {
    const topic = await topicOf(MESSAGES);
    const { extent: ends } = await topicExtent(kafka, topic);
    const extent = new Map(
      [...ends].toReversed().map(([at, { end }]) => [at, { start: 7 * at, end: end - at }]),
    );
    const offsets = new Map<number, number[]>();
    for await (const some of readTopic(kafka, settingsOf(topic), topic, extent, { isSequential: true })) {
      for (const { partition, offset } of some) {
        offsets.set(partition, [...(offsets.get(partition) ?? []), offset]);
        expect(Math.max(...offsets.keys())).toBe(partition);
      }
    }
    for (const [partition, { start, end }] of extent) {
      expect(offsets.get(partition)).toEqual(
        Array.from({ length: end - start }, (_, index) => start + index),
      );
    }
  });

  it('even if its beginning was deleted', async () => {
    const topic = await topicOf(60);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: '7' }));
    // kafkajs does not fetch the topic's metadata by itself before it deletes records.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions });
    expectOnceInOrder(await read(topic), 7, 20);
  });

  it('to its end, even if the last record is a transaction marker', async () => {
    const topic = await topicOf(0);
    const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    for (const end of ['commit', 'abort'] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: end, partition: 0 }] });
      await transaction[end]();
    }
    await producer.disconnect();
    expect((await read(topic)).map(({ value }) => String(value))).toEqual(['commit']);
  });

  it('and leaves nothing behind if the consumer stops early', async () => {
    const topic = await topicOf(MESSAGES);
    const { extent } = await topicExtent(kafka, topic);
    for await (const some of readTopic(kafka, settingsOf(topic), topic, extent)) {
      expect(some.length).toBeGreaterThan(0);
      expect(await groupsOf(topic)).toHaveLength(1);
      break;
    }
    expect(await groupsOf(topic)).toEqual([]);
  });
});
