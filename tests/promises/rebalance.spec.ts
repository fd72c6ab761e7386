import { Kafka, logLevel } from 'kafkajs';
import { EventValidator } from '#events';
import { BatchServerKafka, KafkaEventSource, type KafkaFetchedBatch } from '#kafka';
import { IngestionPipeline, MessageValidator } from '#pipeline';
import {
  createTopic,
  eventually,
  logEnds,
  MemoryDeadLetterTopic,
  MemoryWarehouse,
  produce,
  RecordingObserver,
  uniqueTopic,
} from '#testing';
import { validOrder } from '../support/bad-input.js';
import { BOOTSTRAP } from '../support/scenario.js';

const PARTITIONS = 6;
const EVENTS = 4_000;

/** A group member inside this process, with a warehouse that all members share. */
async function join(topic: string, warehouse: MemoryWarehouse) {
  const kafka = new Kafka({ brokers: [BOOTSTRAP], logLevel: logLevel.NOTHING });
  const observer = new RecordingObserver();
  const groupId = `${topic}-group`;
  const source = new KafkaEventSource(kafka, groupId, observer, 30_000);
  const validator = new MessageValidator(new EventValidator({ maxBytes: 1_000_000 }));
  const limits = { minEvents: 20, maxWaitMs: 50, maxEvents: 60, maxBytes: 1_000_000 };
  const pipeline = new IngestionPipeline(
    source,
    validator,
    warehouse,
    new MemoryDeadLetterTopic(),
    observer,
    limits,
  );
  pipeline.start();
  const consumer = { groupId, sessionTimeout: 6_000, heartbeatInterval: 500, maxWaitTimeInMs: 100 };
  const server = new BatchServerKafka({ kafka, consumer, source, topics: {} });
  server.addHandler(topic, async (fetched: KafkaFetchedBatch) => pipeline.accept(fetched), true, {
    batch: true,
  });
  await server.listen((error) => {
    if (error !== undefined) throw error as Error;
  });
  await eventually(() => pipeline.status().generation > 0 && pipeline.status().isReading);
  return {
    observer,
    pipeline,
    leave: async () => {
      await pipeline.drain();
      await server.close();
      await source.close();
    },
  };
}

describe('promise 1: every message ends exactly once while the group rebalances', () => {
  it('as members come and go', async () => {
    const topic = uniqueTopic('rebalance');
    await createTopic(BOOTSTRAP, topic, { partitions: PARTITIONS });
    const warehouse = new MemoryWarehouse();
    // Slow enough that every rebalance meets batches in progress and more in the buffer.
    const write = warehouse.write.bind(warehouse);
    warehouse.write = async (batch) => {
      await new Promise((resolve) => setTimeout(resolve, 15));
      return write(batch);
    };
    const send = () =>
      produce(
        BOOTSTRAP,
        topic,
        Array.from({ length: EVENTS / 4 }, (_, id) => validOrder(id)),
      );

    await send();
    const first = await join(topic, warehouse);
    const second = await join(topic, warehouse);
    await send();
    await eventually(() => first.pipeline.status().assignedPartitions === PARTITIONS / 2);
    await first.leave();
    const third = await join(topic, warehouse);
    await send();
    await second.leave();
    await send();

    const ends = await logEnds(BOOTSTRAP, topic);
    expect([...ends.values()].reduce((sum, end) => sum + end, 0)).toBe(EVENTS);
    await eventually(() => warehouse.rows.length >= EVENTS, { timeoutMs: 60_000 });
    await third.leave();
    const places = warehouse.rows.map(({ message }) => `${message.partition}@${message.offset}`);
    expect(new Set(places).size).toBe(EVENTS);
    expect(places).toHaveLength(EVENTS);
    const ledger = [...warehouse.checkpoints.values()];
    expect(ledger.reduce((sum, { stored }) => sum + stored, 0)).toBe(EVENTS);
    expect(ledger.every(({ nextOffset, firstOffset, stored }) => nextOffset - firstOffset === stored)).toBe(
      true,
    );
    expect(first.observer.calls.assigned.length).toBeGreaterThan(1);
  });
});
