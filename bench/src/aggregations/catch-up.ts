import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { exitText, readTopic, runService } from '#testing';
import { usageOf } from '../performance/measuring/usage.js';
import type { Backlog } from './backlog.js';

export interface CatchUp {
  /** From the moment at which all tasks run until the results of the last event are committed. */
  seconds: number;
  eventsPerSecond: number;
  /** Of the second half of the backlog, when Java has compiled what is hot. */
  laterEventsPerSecond: number;
  /** Of JobManager and TaskManager; null where the system does not tell, as below. */
  cpuMicrosPerEvent: number | null;
  laterCpuMicrosPerEvent: number | null;
  peakRssMb: number | null;
  /** Of the last checkpoint. */
  stateMb: number;
}

interface Point {
  events: number;
  atMs: number;
  cpuSeconds: number;
}

const POLL_MS = 250;
const START_TIMEOUT_MS = 600_000;
const STOP_TIMEOUT_MS = 180_000;
const MEBIBYTE = 1024 * 1024;

/**
 * Lets `npm run aggregations` read a backlog from its start. The offsets that Flink commits with each checkpoint tell how far
 * its results are.
 *
 * @throws Error if it ends
 */
export async function catchUp(
  bootstrapServer: string,
  { topic, events }: Backlog,
  { sql, folder }: { sql: string; folder: string },
): Promise<CatchUp> {
  const admin = new Kafka({ brokers: bootstrapServer.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const group = `${topic}_aggregations`;
  let stateMb = 0;
  const aggregations = runService(
    'dist/apps/aggregations/src/main.js',
    { ...javaHome(), KAFKA_BOOTSTRAP_SERVER: bootstrapServer, KAFKA_TOPIC_NAME: topic },
    {
      args: ['--folder', join(folder, 'state'), '--sql', sql, '--from-start'],
      onLine: (line) => {
        stateMb = Number(/checkpoint .* ago \(([0-9.]+) MB\)/.exec(line)?.[1] ?? stateMb);
      },
    },
  );
  try {
    await aggregations.waitForLine('State, logs', { timeoutMs: START_TIMEOUT_MS });
    const ended = aggregations.exited.then((exit) => {
      throw new Error(`the aggregations ended (${exitText(exit)}): ${aggregations.lastLines()}`);
    });
    const jvms = jvmsOf(aggregations.pid ?? 0);
    const now = (done: number): Point => ({
      events: done,
      atMs: performance.now(),
      cpuSeconds: jvms.reduce((sum, pid) => sum + (usageOf(pid)?.cpuSeconds ?? NaN), 0),
    });
    const points = [now(0)];
    let peakRssBytes = 0;
    for (let done = 0; done < events;) {
      await Promise.race([delay(POLL_MS), ended]);
      const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      done = (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
      if (done > (points.at(-1)?.events ?? 0)) points.push(now(done));
      peakRssBytes = Math.max(
        peakRssBytes,
        jvms.reduce((sum, pid) => sum + (usageOf(pid)?.rssBytes ?? 0), 0),
      );
    }
    return { ...speedOf(points), peakRssMb: peakRssBytes / MEBIBYTE || null, stateMb };
  } finally {
    await aggregations.stop('SIGTERM', { timeoutMs: STOP_TIMEOUT_MS });
    await admin.disconnect();
  }
}

/** What the topic of running totals says: each order that was counted. */
export async function countedOrders(bootstrapServer: string, topic: string): Promise<number> {
  const rows = new Map<string, number>();
  for (const { key, value } of await readTopic(bootstrapServer, `${topic}_revenue_by_hour`)) {
    rows.set(String(key), (JSON.parse(String(value)) as { orders: number }).orders);
  }
  return [...rows.values()].reduce((sum, orders) => sum + orders, 0);
}

function speedOf(points: readonly Point[]): Omit<CatchUp, 'peakRssMb' | 'stateMb'> {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) throw new Error('nothing was measured');
  const middle = points.findLast(({ events }) => events <= last.events / 2) ?? first;
  const seconds = (last.atMs - first.atMs) / 1000;
  const perEvent = (from: Point) => {
    const micros = ((last.cpuSeconds - from.cpuSeconds) / (last.events - from.events)) * 1e6;
    return Number.isNaN(micros) ? null : micros;
  };
  return {
    seconds,
    eventsPerSecond: last.events / seconds,
    laterEventsPerSecond: ((last.events - middle.events) / (last.atMs - middle.atMs)) * 1000,
    cpuMicrosPerEvent: perEvent(first),
    laterCpuMicrosPerEvent: perEvent(middle),
  };
}

function jvmsOf(parent: number): number[] {
  const processes = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return processes
    .split('\n')
    .map((line) => /^ *(\d+) +(\d+) (.*)$/.exec(line))
    .filter((found) => Number(found?.[2]) === parent && found?.[3]?.includes('org.apache.flink') === true)
    .map((found) => Number(found?.[1]));
}

function javaHome(): Record<string, string> {
  const java = process.env['JAVA_HOME'];
  return java === undefined ? {} : { JAVA_HOME: java };
}
