import { randomUUID } from 'node:crypto';
import { exitText, freePort, runService, type ServiceProcess } from '#testing';
import type { Backlog } from './backlog.js';
import type { BenchArguments } from '../arguments.js';
import type { Contestant } from '../contestants/contestants.js';
import type { Surroundings } from './surroundings.js';

/** What all runs of a benchmark share. */
export interface Bench {
  arguments: BenchArguments;
  bootstrapServers: string;
  /** Files that are of no use afterwards. */
  workFolder: string;
  /** Where a process leaves its CPU profile; null where it is not profiled. */
  profileFolder: string | null;
}

/** A contestant at work: one process or several of one consumer group. */
export interface Running {
  processes: ServiceProcess[];
  pids: number[];
  /** Where health and metrics of each process answer. */
  urls: string[];
}

const SAMPLING_MICROS = 500;

/** The memory of docker/Dockerfile, for every contestant, and the heap of docker/entrypoint.sh. */
const AS_IN_THE_IMAGE = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' };
const HEAP = ['--max-semi-space-size=16', '--heap-growing-percent=40'];

/** @param onLine is given each line that the process at this index writes, as it comes */
export async function startProcesses(
  bench: Bench,
  contestant: Contestant,
  backlog: Backlog,
  { env }: Surroundings,
  onLine: (index: number, line: string) => void,
): Promise<Running> {
  const groupId = `bench-${randomUUID()}`;
  const running: Running = { processes: [], pids: [], urls: [] };
  for (let index = 0; index < contestant.processes; index += 1) {
    const port = await freePort();
    const service = runService(
      contestant.entry,
      {
        KAFKA_BOOTSTRAP_SERVER: bench.bootstrapServers,
        KAFKA_TOPIC_NAME: backlog.topic,
        KAFKA_GROUP_ID: groupId,
        METRICS_HOST: '127.0.0.1',
        METRICS_PORT: String(port),
        LOG_FORMAT: 'json',
        // As in production; and there is nothing to show without telemetry.
        STATUS_PAGE: 'false',
        // The backlog's last events are fewer than a batch.
        BATCH_MAX_WAIT_MS: '1000',
        ...AS_IN_THE_IMAGE,
        ...env,
        ...contestant.env,
        ...bench.arguments.settings,
      },
      {
        nodeArgs: nodeArguments(bench, contestant, index),
        onLine: (line) => {
          onLine(index, line);
        },
      },
    );
    if (service.pid === undefined) throw new Error(`${contestant.entry} could not be started`);
    running.processes.push(service);
    running.pids.push(service.pid);
    running.urls.push(`http://127.0.0.1:${port}`);
  }
  return running;
}

/** Fails when one of them ends, with its own words. */
export async function untilOneEnds({ processes }: Running): Promise<never> {
  const [service, exit] = await Promise.race(
    processes.map(async (each) => [each, await each.exited] as const),
  );
  throw new Error(`ended (${exitText(exit)}): ${lastWords(service)}`);
}

export async function stopProcesses({ processes }: Running): Promise<void> {
  await Promise.all(processes.map((service) => service.stop()));
}

export function nodeArguments({ profileFolder }: Bench, { plainHeap }: Contestant, index: number): string[] {
  const heap = plainHeap ? [] : HEAP;
  if (profileFolder === null) return heap;
  return [
    ...heap,
    '--cpu-prof',
    `--cpu-prof-dir=${profileFolder}`,
    `--cpu-prof-name=${index + 1}.cpuprofile`,
    `--cpu-prof-interval=${SAMPLING_MICROS}`,
  ];
}

/** What the service said about its end; else all that it said last. */
function lastWords(service: ServiceProcess): string {
  const error = service.lines.findLast((line) => line.startsWith('{"level":"error"'));
  return error === undefined ? service.lastLines() : (JSON.parse(error) as { msg: string }).msg;
}
