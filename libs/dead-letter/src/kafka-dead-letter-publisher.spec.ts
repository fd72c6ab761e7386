import type { Kafka, ProducerRecord } from 'kafkajs';
import type { DeadLetter } from '#pipeline';
import { bySourcePartition, KafkaDeadLetterPublisher } from './kafka-dead-letter-publisher.js';
import { KafkaRedrivePublisher } from './kafka-redrive-publisher.js';

const METADATA = [0, 1, 2].map((partitionId) => ({
  partitionId,
  partitionErrorCode: 0,
  leader: 1,
  replicas: [1],
  isr: [1],
}));

function partitionOf(source: number, key: string): number {
  const message = { key, value: null, headers: { 'dlq.source.partition': String(source) } };
  return bySourcePartition()({ topic: 'sales_events_dlq', partitionMetadata: METADATA, message });
}

it('letters of one source partition go to one partition, whatever their keys, and all partitions are used', () => {
  expect(['a', 'b', 'c'].map((key) => partitionOf(4, key))).toEqual([1, 1, 1]);
  expect([0, 1, 2, 3, 11].map((source) => partitionOf(source, 'a'))).toEqual([0, 1, 2, 0, 2]);
});

/** A client that records what is sent, request by request; `sendsNothing` succeeds without it until it connects again. */
function recording({ sendsNothing = false } = {}) {
  const sent: ProducerRecord[] = [];
  let isConfused = false;
  const producer = {
    connect: async () => undefined,
    disconnect: async () => {
      isConfused = false;
    },
    send: async (record: ProducerRecord) => {
      if (isConfused) return [];
      sent.push(record);
      isConfused = sendsNothing;
      return [{ topicName: record.topic, partition: 0, errorCode: 0 }];
    },
  };
  return { sent, kafka: { producer: () => producer } as unknown as Kafka };
}

const PLACES = [0, 1, 0, 2, 1].map((partition, offset) => ({ topic: 'sales_events', partition, offset }));
const LETTERS = PLACES.map((place): DeadLetter => ({
  message: { ...place, timestampMs: 0, key: null, value: null, headers: {} },
  errorType: 'json_decode',
  reason: '',
  details: [],
  eventType: null,
  label: 'other',
  attempt: 1,
  failedAtMs: 0,
}));
const REDRIVES = PLACES.map((place) => ({
  ...place,
  key: null,
  value: Buffer.from('{}'),
  headers: [],
  attempt: 1,
  redriveId: '0f88e6bc-9341-4393-b4b0-c8945448277c',
}));

it('a request with dead letters never contains two partitions, of which kafkajs may lose one', async () => {
  const { sent, kafka } = recording();
  expect(await new KafkaDeadLetterPublisher(kafka, 'sales_events_dlq', 'group').publish(LETTERS)).toBeNull();
  const offsets = sent.map(({ messages }) => messages.map(({ headers }) => headers?.['dlq.source.offset']));
  expect(offsets).toEqual([['0', '2'], ['1', '4'], ['3']]);
});

it('a request with redrives never contains two partitions', async () => {
  const { sent, kafka } = recording();
  expect(await new KafkaRedrivePublisher(kafka).publish(REDRIVES)).toEqual({ kind: 'sent', tooLarge: [] });
  expect(sent.map(({ messages }) => messages.map(({ partition }) => partition))).toEqual([
    [0, 0],
    [1, 1],
    [2],
  ]);
});

it('dead letters count as published only once they are acknowledged, though kafkajs reports a success', async () => {
  const { sent, kafka } = recording({ sendsNothing: true });
  const publisher = new KafkaDeadLetterPublisher(kafka, 'sales_events_dlq', 'group');
  expect(await publisher.publish(LETTERS.slice(0, 1))).toBeNull();

  expect(await publisher.publish(LETTERS.slice(1, 2))).toMatchObject({
    class: 'transient',
    code: 'NOTHING_SENT',
  });
  expect(sent).toHaveLength(1);
  expect(await publisher.publish(LETTERS.slice(1, 2))).toBeNull();
  expect(sent).toHaveLength(2);
});

it('redrives count as sent only once they are acknowledged, though kafkajs reports a success', async () => {
  const { sent, kafka } = recording({ sendsNothing: true });
  const publisher = new KafkaRedrivePublisher(kafka);
  expect(await publisher.publish(REDRIVES.slice(0, 1))).toMatchObject({ kind: 'sent' });

  expect(await publisher.publish(REDRIVES.slice(1, 2))).toMatchObject({ fault: { code: 'NOTHING_SENT' } });
  expect(sent).toHaveLength(1);
  expect(await publisher.publish(REDRIVES.slice(1, 2))).toMatchObject({ kind: 'sent' });
  expect(sent).toHaveLength(2);
});
