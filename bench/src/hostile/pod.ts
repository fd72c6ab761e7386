import type { WriteStream } from 'node:fs';
import { eventually, freePort, groupOffsets, logEnds, runService } from '#testing';
import type { MemoryLimit } from './memory-limit.js';
import { ServiceWatch } from './watch.js';

/** As docker/entrypoint.sh, docker/Dockerfile and deploy/kubernetes set them. */
export const AS_IN_THE_POD = {
  nodeArgs: ['--max-semi-space-size=16', '--heap-growing-percent=40', '--max-old-space-size=384'],
  env: { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' },
};

const CATCH_UP_MS = 15 * 60_000;
const START_MS = 120_000;

export interface PodOptions {
  bootstrapServers: string;
  topic: string;
  /** Of Kafka and warehouse, as the operator's commands take it, too. */
  env: Readonly<Record<string, string>>;
  limit: MemoryLimit | null;
  log: WriteStream;
}

/** How a life of the service went. */
export interface PodLife {
  watch: ServiceWatch;
  /** What was not as promised, a sentence each. */
  problems: string[];
  /** The operator's commands by which held partitions go on, as the service's health answer gives them. */
  waysOut: string[][];
}

/** Runs the built service until each partition has no lag or is held, and has it drain. */
export async function livePod({ bootstrapServers, topic, env, limit, log }: PodOptions): Promise<PodLife> {
  const port = await freePort();
  const service = runService(
    'dist/apps/ingester/src/main.js',
    { ...AS_IN_THE_POD.env, ...env, METRICS_HOST: '127.0.0.1', METRICS_PORT: String(port) },
    { nodeArgs: AS_IN_THE_POD.nodeArgs, onLine: (line) => log.write(`${line}\n`) },
  );
  const pid = service.pid ?? 0;
  const url = `http://127.0.0.1:${port}`;
  const watch = new ServiceWatch(url, pid);
  const problems: string[] = [];
  try {
    limit?.add(pid);
    // Ready comes with the first look at the group, or never where a partition is held.
    await eventually(async () => (await fetch(`${url}/health/live`)).ok, {
      timeoutMs: START_MS,
      describe: 'the service answers',
    });
    watch.start();
    const unfinished = await Promise.race([
      untilSettled(bootstrapServers, topic, watch),
      service.exited.then(({ code, signal }) => `The service ended (${code ?? signal ?? ''}).`),
    ]);
    if (unfinished !== null) problems.push(unfinished, `Its last lines:\n${service.lastLines(5)}`);
    const waysOut = watch.held.size === 0 ? [] : await waysOutOf(url);
    await watch.stop();
    const { code, signal } = await service.stop('SIGTERM');
    if (code !== 0) problems.push(`SIGTERM ended the service with ${code ?? signal ?? ''}.`);
    return { watch, problems: [...problems, ...watch.problems], waysOut };
  } finally {
    await watch.stop();
    await service.kill();
  }
}

/** Each once: the answer names a partition under several heads. */
async function waysOutOf(url: string): Promise<string[][]> {
  const health = await (await fetch(`${url}/health`)).text();
  const commands = health.matchAll(/`npm run operator -- (checkpoints pass [^`]+)`/g);
  return [...new Set(Array.from(commands, ([, command = '']) => command))].map((command) =>
    command.split(' '),
  );
}

/** @returns what is wrong where it does not come to that */
async function untilSettled(
  bootstrapServers: string,
  topic: string,
  watch: ServiceWatch,
): Promise<string | null> {
  try {
    await eventually(
      async () => {
        const ends = await logEnds(bootstrapServers, topic);
        const committed = await groupOffsets(bootstrapServers, topic, topic);
        return [...ends].every(
          ([partition, end]) => (committed.get(partition) ?? 0) === end || watch.held.has(partition),
        );
      },
      { timeoutMs: CATCH_UP_MS, describe: 'the group has no lag' },
    );
    return null;
  } catch (error) {
    return `There is lag after ${CATCH_UP_MS / 60_000} minutes: ${String(error)}`;
  }
}
