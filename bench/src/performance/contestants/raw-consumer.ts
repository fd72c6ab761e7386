import 'reflect-metadata';
import { Kafka, logLevel } from 'kafkajs';
import { consumerConfig } from '#kafka';
import { loadSettings } from '#settings';
import { writeMark } from './mark.js';

/**
 * The least that any consumer in JavaScript does: kafkajs as it comes, without what the service replaces in it, fetches
 * as the service does, parses, and does nothing else. It commits no offsets.
 */
const { kafka: settings } = loadSettings(process.env).settings;
const kafka = new Kafka({ brokers: settings.bootstrapServers, logLevel: logLevel.NOTHING });
const consumer = kafka.consumer(consumerConfig(settings));

let events = 0;
await consumer.connect();
await consumer.subscribe({ topic: settings.topicName, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch: { messages } }) => {
    for (const { value } of messages) if (typeof JSON.parse(String(value)) === 'object') events += 1;
    writeMark(events);
  },
});
process.once('SIGTERM', () => void consumer.disconnect());
