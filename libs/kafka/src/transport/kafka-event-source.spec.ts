import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { eventually, RecordingObserver } from '#testing';
import { KafkaEventSource } from './kafka-event-source.js';

const AT = { topic: 'sales_events', partition: 0 };

describe('KafkaEventSource', () => {
  // Nothing listens on this port.
  const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING, retry: { retries: 0 } });

  it('accepts pause, seek and resume while the consumer is crashed: the next join sets all positions', async () => {
    const source = new KafkaEventSource(kafka, 'group', new RecordingObserver(), 6_000);
    // Before it runs, as after a crash, kafkajs has no consumer group.
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

  it('does not count the time before its start as silence, however long the start waits for a broker', async () => {
    const source = new KafkaEventSource(kafka, 'group', new RecordingObserver(), 6_000);
    await delay(5);
    expect(source.status()).toEqual({ isJoined: false, unansweredMs: 0, silentMs: 0, fault: null });
  });

  it('retries if the broker goes away between the startup checks and the first connection', async () => {
    const observer = new RecordingObserver();
    const source = new KafkaEventSource(kafka, 'group', observer, 6_000);
    const attached = source.attach(kafka.consumer({ groupId: 'group' }), async () => undefined);
    await eventually(() => observer.calls.faulted.length >= 2);
    expect(source.status()).toMatchObject({ isJoined: false, fault: { fault: { class: 'transient' } } });
    source.detach();
    await attached;
  });
});
