import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { RecordingObserver } from '#testing';
import { KafkaEventSource } from './kafka-event-source.js';

const AT = { topic: 'sales_events', partition: 0 };

describe('KafkaEventSource', () => {
  const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING });

  it('takes pause, seek and resume while the consumer is crashed: the next join places all anew', async () => {
    const source = new KafkaEventSource(kafka, 'group', new RecordingObserver());
    // As after a crash, there is no consumer group inside kafkajs before it runs.
    const consumer = kafka.consumer({ groupId: 'group' });
    await source.attach(consumer, async () => undefined);
    expect(() => {
      consumer.pause([AT]);
    }).toThrow('Consumer group was not initialized');

    expect(() => {
      source.pause([AT]);
      source.seek({ ...AT, offset: 5 });
      source.resume([AT]);
    }).not.toThrow();
  });

  it('is not silent while it has not been started, however long the start waits for a broker', async () => {
    const source = new KafkaEventSource(kafka, 'group', new RecordingObserver());
    await delay(5);
    expect(source.status()).toEqual({ isJoined: false, silentMs: 0, fault: null });
  });
});
