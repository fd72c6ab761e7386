import { Kafka, logLevel, Partitioners, type Message, type Producer } from 'kafkajs';
import { createTopic, uniqueTopic } from '#testing';
import { Traffic } from '#traffic';
import { BACKLOGS, type BacklogKind, type BacklogName } from '../contestants/contestants.js';

/** A topic with all its events in it, which nobody adds to any more. */
export interface Backlog {
  topic: string;
  partitions: number;
  events: number;
}

/** Events are made once and sent again and again, unless a backlog is distinct: making them costs more than sending them. */
const POOL_SIZE = 5_000;
const SEED = 42;
/** Of one partition in one request: a record batch of some 400 kB, below the broker's limit of 1 MB. */
const CHUNK = 1_000;

/** Makes the topic and its dead-letter topic, and fills it, each partition with as many events as the others. */
export async function makeBacklog(
  bootstrapServers: string,
  name: BacklogName,
  events: number,
): Promise<Backlog> {
  const { partitions, bad, isDistinct }: BacklogKind = BACKLOGS[name];
  const topic = uniqueTopic(`bench-${name}`);
  await createTopic(bootstrapServers, topic, { partitions });
  await createTopic(bootstrapServers, `${topic}_dlq`);
  const traffic = trafficOf(bad);
  const pool = isDistinct === true ? null : eventPool(bad);
  await fill(
    bootstrapServers,
    { topic, partitions, events },
    (index) => pool?.[index % pool.length] ?? messageOf(traffic),
  );
  return { topic, partitions, events };
}

/** Without the topics of a benchmark, for brokers that are there for more than it. */
export async function removeBacklogs(bootstrapServers: string, backlogs: Iterable<Backlog>): Promise<void> {
  const admin = client(bootstrapServers).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [...backlogs].flatMap(({ topic }) => [topic, `${topic}_dlq`]) });
  await admin.disconnect();
}

/** @param bad the share of bad events, of all kinds alike */
export function eventPool(bad: number): Message[] {
  const traffic = trafficOf(bad);
  return Array.from({ length: POOL_SIZE }, () => messageOf(traffic));
}

function trafficOf(bad: number): Traffic {
  return new Traffic({ seed: SEED, shares: { bad, tombstones: 0, unknown: 0 } });
}

function messageOf(traffic: Traffic): Message {
  const { key, value } = traffic.next();
  return { key, value };
}

export function producer(bootstrapServers: string): Producer {
  return client(bootstrapServers).producer({ createPartitioner: Partitioners.DefaultPartitioner });
}

async function fill(
  bootstrapServers: string,
  { topic, partitions, events }: Backlog,
  eventAt: (index: number) => Message,
): Promise<void> {
  if (events === 0) return;
  const sender = producer(bootstrapServers);
  await sender.connect();
  let next = 0;
  const lane = async () => {
    while (next < events) {
      const first = next;
      next = Math.min(events, first + CHUNK * partitions);
      const messages = Array.from({ length: next - first }, (_, index) => ({
        ...eventAt(first + index),
        partition: index % partitions,
      }));
      await sender.send({ topic, acks: -1, messages });
    }
  };
  // While the broker writes one request, the next one is put together.
  await Promise.all([lane(), lane()]);
  await sender.disconnect();
}

function client(bootstrapServers: string): Kafka {
  return new Kafka({
    clientId: 'bench',
    brokers: bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
  });
}
