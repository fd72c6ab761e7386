import { randomUUID } from 'node:crypto';
import { createTopic, uniqueTopic } from '#testing';
import { Traffic } from '#traffic';
import { producer } from '../performance/setup/backlog.js';

export interface Backlog {
  topic: string;
  events: number;
  /** How many of them are valid orders. */
  orders: number;
}

const PARTITIONS = 6;
const EVENTS_PER_SECOND = 50;
const BAD_SHARE = 0.01;
const SEED = 42;
/** Events are made once and sent again with other ids and times: making them costs more than sending them. */
const POOL_SIZE = 5_000;
const CHUNK = 6_000;
const NOTHING = { key: '', text: '', isGood: false };
const TIME = /("event_ts": ")[^"]{23}/;

/** A topic with events up to now, in the order of their times, each with an id of its own. */
export async function makeBacklog(bootstrapServer: string, events: number): Promise<Backlog> {
  const topic = uniqueTopic('bench-aggregations');
  // The records are dated when they happened.
  await createTopic(bootstrapServer, topic, { partitions: PARTITIONS, config: { 'retention.ms': '-1' } });
  const sender = producer(bootstrapServer);
  await sender.connect();
  const pool = eventPool();
  const beginMs = Date.now() - (events / EVENTS_PER_SECOND) * 1000;
  for (let first = 0; first < events; first += CHUNK) {
    const messages = Array.from({ length: Math.min(CHUNK, events - first) }, (_, index) => {
      const at = new Date(beginMs + ((first + index) / EVENTS_PER_SECOND) * 1000);
      const { key, text, isGood } = pool[(first + index) % POOL_SIZE] ?? NOTHING;
      const timed = text.replace(TIME, `$1${at.toISOString().slice(0, -1)}`);
      const value = Buffer.from(isGood ? timed.replace(key, randomUUID()) : timed, 'latin1');
      return { key, value, partition: index % PARTITIONS, timestamp: String(at.getTime()) };
    });
    await sender.send({ topic, acks: -1, messages });
  }
  await sender.disconnect();
  const rest = events % POOL_SIZE;
  const inPool = ordersIn(pool);
  const orders = ((events - rest) / POOL_SIZE) * inPool + ordersIn(pool.slice(0, rest));
  return { topic, events, orders };
}

interface PoolEvent {
  /** Of a good event its id. */
  key: string;
  text: string;
  isGood: boolean;
  isOrder: boolean;
}

function eventPool(): PoolEvent[] {
  const traffic = new Traffic({ seed: SEED, shares: { bad: BAD_SHARE, tombstones: 0, unknown: 0 } });
  return Array.from({ length: POOL_SIZE }, () => {
    const { key, value, expected } = traffic.next();
    // A byte a character, because some of the bad events are no UTF-8.
    const text = value?.toString('latin1') ?? '';
    const isGood = expected === 'stored';
    return { key, text, isGood, isOrder: isGood && text.includes('ORDER_CREATED') };
  });
}

function ordersIn(events: readonly PoolEvent[]): number {
  return events.filter(({ isOrder }) => isOrder).length;
}
