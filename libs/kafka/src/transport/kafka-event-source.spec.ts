import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { eventually, RecordingObserver } from '#testing';
import { KafkaEventSource } from './kafka-event-source.js';

const AT = { topic: 'sales_events', partition: 0 };

describe('KafkaEventSource', () => {
  // Nobody listens there.
  const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING, retry: { retries: 0 } });

  it('takes pause, seek and resume while the consumer is crashed: the next join places all anew', async () => {
    const source = new KafkaEventSource(kafka, 'group', new RecordingObserver(), 6_000);
    // As after a crash, there is no consumer group inside kafkajs before it runs.
    const consumer = kafka.consumer({ groupId: 'group' });
    const attached = source.attach(consumer, async () => undefined);
    expect(() => {
      consumer.pause([AT]);
    }).toThrow('Consumer group was not initialized');

    expect(() => {
      source.pause([AT]);
      source.seek({ ...AT, offset: 5 });
      source.resume([AT]);
    }).not.toThrow();
    source.detach();
    await attached;
  });

  it('is not silent while it has not been started, however long the start waits for a broker', async () => {
    const source = new KafkaEventSource(kafka, 'group', new RecordingObserver(), 6_000);
    await delay(5);
    expect(source.status()).toEqual({ isJoined: false, unansweredMs: 0, silentMs: 0, fault: null });
  });

  it('waits for a broker that went away between the checks at the start and the first connection', async () => {
    const observer = new RecordingObserver();
    const source = new KafkaEventSource(kafka, 'group', observer, 6_000);
    const attached = source.attach(kafka.consumer({ groupId: 'group' }), async () => undefined);
    await eventually(() => observer.calls.faulted.length >= 2);
    expect(source.status()).toMatchObject({ isJoined: false, fault: { fault: { class: 'transient' } } });
    source.detach();
    await attached;
  });
});
