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

/** What is sent, request by request, and nothing behind it. */
function recording() {
  const sent: ProducerRecord[] = [];
  const producer = {
    connect: () => Promise.resolve(),
    send: (record: ProducerRecord) => {
      sent.push(record);
      return Promise.resolve([]);
    },
  };
  return { sent, kafka: { producer: () => producer } as unknown as Kafka };
}

const PLACES = [0, 1, 0, 2, 1].map((partition, offset) => ({ topic: 'sales_events', partition, offset }));

it('a request for dead letters never holds two partitions, of which kafkajs may forget one', async () => {
  const { sent, kafka } = recording();
  const letters = PLACES.map((place): DeadLetter => ({
    message: { ...place, timestampMs: 0, key: null, value: null, headers: {} },
    errorType: 'json_decode',
    reason: '',
    details: [],
    eventType: null,
    label: 'other',
    attempt: 1,
    failedAtMs: 0,
  }));
  expect(await new KafkaDeadLetterPublisher(kafka, 'sales_events_dlq', 'group').publish(letters)).toBeNull();
  const offsets = sent.map(({ messages }) => messages.map(({ headers }) => headers?.['dlq.source.offset']));
  expect(offsets).toEqual([['0', '2'], ['1', '4'], ['3']]);
});

it('nor does a request for redrives', async () => {
  const { sent, kafka } = recording();
  const redrives = PLACES.map((place) => ({
    ...place,
    key: null,
    value: Buffer.from('{}'),
    headers: [],
    attempt: 1,
    redriveId: '0f88e6bc-9341-4393-b4b0-c8945448277c',
  }));
  expect(await new KafkaRedrivePublisher(kafka).publish(redrives)).toEqual({ kind: 'sent', tooLarge: [] });
  expect(sent.map(({ messages }) => messages.map(({ partition }) => partition))).toEqual([
    [0, 0],
    [1, 1],
    [2],
  ]);
});
