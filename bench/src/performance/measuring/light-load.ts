import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '#testing';
import { eventPool, producer, type Backlog } from '../setup/backlog.js';
import type { Contestant } from '../contestants/contestants.js';
import type { Measurement } from './measurement.js';
import { startProcesses, stopProcesses, untilOneEnds, type Bench } from '../setup/processes.js';
import { quantile } from './statistics.js';
import { surroundings, type Surroundings } from '../setup/surroundings.js';
import { usageOfAll } from './usage.js';

const EVENTS_PER_SECOND = 50;
const SECONDS = 30;
const POLL_MS = 20;
const SETTLE_TIMEOUT_MS = 30_000;
const MEBIBYTE = 1024 * 1024;

interface SentEvent {
  partition: number;
  offset: number;
  sentAt: number;
}

/**
 * Sends events at a steady, low rate into an empty topic, and asks the warehouse again and again how far it is: an
 * event can be queried from the moment its checkpoint is committed, because both come in one transaction. With Snowpipe
 * Streaming its row comes first, and the committed token of its channel tells.
 */
export async function measureLightLoad(
  bench: Bench,
  contestant: Contestant,
  backlog: Backlog,
): Promise<Measurement> {
  const around = await surroundings(contestant, bench.workFolder);
  try {
    const running = await startProcesses(bench, contestant, backlog, around, () => undefined);
    try {
      return await Promise.race([measure(bench, backlog, around, running), untilOneEnds(running)]);
    } finally {
      await stopProcesses(running);
    }
  } finally {
    await around.close();
  }
}

async function measure(
  bench: Bench,
  backlog: Backlog,
  around: Surroundings,
  { pids, urls }: { pids: number[]; urls: string[] },
): Promise<Measurement> {
  await eventually(async () => (await fetch(`${String(urls[0])}/health`)).ok, {
    timeoutMs: 60_000,
    describe: 'the service is ready',
  });
  const before = usageOfAll(pids);
  const startedAt = performance.now();
  const watch = new CommitWatch(around);
  const sent = await send(bench.bootstrapServers, backlog);
  const latencies = await watch.latencies(sent);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = usageOfAll(pids);
  return {
    events: sent.length,
    seconds,
    eventsPerSecond: sent.length / seconds,
    cpuMicrosPerEvent: before && after && ((after.cpuSeconds - before.cpuSeconds) / sent.length) * 1e6,
    peakRssMb: after && after.peakRssBytes / MEBIBYTE,
    rssMbByTenth: [],
    latencySeconds: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
  };
}

async function send(bootstrapServers: string, { topic, partitions }: Backlog): Promise<SentEvent[]> {
  const sender = producer(bootstrapServers);
  await sender.connect();
  const startedAt = performance.now();
  const sending = eventPool(0)
    .slice(0, EVENTS_PER_SECOND * SECONDS)
    .map(async (event, index) => {
      await sleep(startedAt + (index / EVENTS_PER_SECOND) * 1000 - performance.now());
      const partition = index % partitions;
      const sentAt = performance.now();
      const [answer] = await sender.send({ topic, acks: -1, messages: [{ ...event, partition }] });
      return { partition, offset: Number(answer?.baseOffset), sentAt };
    });
  const sent = await Promise.all(sending);
  await sender.disconnect();
  return sent;
}

/** Notes when each partition was first seen to be committed how far. */
class CommitWatch {
  readonly #seen: { partition: number; nextOffset: number; at: number }[] = [];
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;

  constructor({ progress }: Surroundings) {
    if (progress === null) throw new Error('This warehouse cannot be asked how far it is.');
    this.#watching = this.#watch(progress);
  }

  /** Seconds from sending to its commit, for each event. Waits until all of them have got one. */
  async latencies(sent: readonly SentEvent[]): Promise<number[]> {
    try {
      await eventually(() => this.#latencies(sent).length === sent.length, {
        timeoutMs: SETTLE_TIMEOUT_MS,
        describe: 'all events can be queried',
      });
      return this.#latencies(sent);
    } finally {
      this.#stopping.abort();
      await this.#watching;
    }
  }

  /** Of the events whose commit has been seen. */
  #latencies(sent: readonly SentEvent[]): number[] {
    return sent.flatMap(({ partition, offset, sentAt }) => {
      const seen = this.#seen.find((each) => each.partition === partition && each.nextOffset > offset);
      return seen === undefined ? [] : (seen.at - sentAt) / 1000;
    });
  }

  async #watch(progress: NonNullable<Surroundings['progress']>): Promise<void> {
    const last = new Map<number, number>();
    while (!this.#stopping.signal.aborted) {
      const found = await progress();
      const at = performance.now();
      for (const { partition, nextOffset } of found) {
        if (last.get(partition) === nextOffset) continue;
        last.set(partition, nextOffset);
        this.#seen.push({ partition, nextOffset, at });
      }
      await sleep(POLL_MS);
    }
  }
}
