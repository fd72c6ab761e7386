import 'reflect-metadata';
import { consumerConfig, kafkaClient } from '#kafka';
import { loadSettings } from '#settings';
import { writeMark } from './mark.js';

/**
 * The least that any consumer in JavaScript does: the service's own client, fetches as the service does, parses, and
 * does nothing else. It commits no offsets.
 */
const { kafka: settings } = loadSettings(process.env).settings;
const consumer = kafkaClient(settings, () => () => undefined).consumer(consumerConfig(settings));

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
