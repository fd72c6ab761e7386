import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { KafkaBroker, REPOSITORY_ROOT } from '#testing';
import type { BenchArguments } from './arguments.js';
import { makeBacklog, removeBacklogs, type Backlog } from './setup/backlog.js';
import {
  CONTESTANTS,
  type BacklogName,
  type Contestant,
  type ContestantName,
} from './contestants/contestants.js';
import { measureLightLoad } from './measuring/light-load.js';
import { calibrate, describeMachine, type Machine } from './machine.js';
import { measureLakeCommand } from './measuring/lake-command.js';
import type { Measurement } from './measuring/measurement.js';
import type { Bench } from './setup/processes.js';
import type { Round } from './rows.js';
import { measureThroughput } from './measuring/throughput.js';

export interface Results {
  startedAt: string;
  arguments: BenchArguments;
  machine: Machine;
  /** Seconds that a fixed piece of work took at the beginning of each round. */
  calibrationSeconds: number[];
  rounds: Round[];
  /** Why a contestant is left out. */
  failures: Map<ContestantName, string>;
  /** Profiled runs: the files that hold their CPU profiles. */
  profiles: Map<ContestantName, string>;
}

const RESULTS_FOLDER = join(REPOSITORY_ROOT, '.local/bench');
/** As brokers have it by default: members that start together are dealt their partitions together. */
const REBALANCE_DELAY = { 'group.initial.rebalance.delay.ms': '3000' };

/** Runs every contestant that the rows name once a round. @param tell is given lines on how it goes */
export async function runBench(given: BenchArguments, tell: (line: string) => void): Promise<Results> {
  const results: Results = {
    startedAt: new Date().toISOString(),
    arguments: given,
    machine: describeMachine(),
    calibrationSeconds: [],
    rounds: [],
    failures: new Map(),
    profiles: new Map(),
  };
  const workFolder = await makeWorkFolder();
  const server = process.env['KAFKA_BOOTSTRAP_SERVER'] ?? '';
  const broker =
    server === ''
      ? await KafkaBroker.start({ dataDir: join(workFolder, 'broker'), extra: REBALANCE_DELAY })
      : null;
  const bootstrapServers = broker?.bootstrapServer ?? server;
  const bench = { arguments: given, bootstrapServers, workFolder, profileFolder: null };
  const backlogs = new Map<BacklogName, Backlog>();
  try {
    const names = contestantsOf(given);
    for (const backlog of new Set(names.map((name) => CONTESTANTS[name].backlog))) {
      const events = backlog === 'none' ? 0 : given.events;
      if (events > 0) tell(`Making a backlog of ${events.toLocaleString('en')} events (${backlog})`);
      backlogs.set(backlog, await makeBacklog(bootstrapServers, backlog, events));
    }
    for (let round = 0; round < given.rounds; round += 1) {
      results.calibrationSeconds.push(calibrate());
      results.rounds.push(await runRound(bench, results, backlogs, rotated(names, round), tell));
    }
  } finally {
    if (broker === null) await removeBacklogs(bootstrapServers, backlogs.values());
    await broker?.stop();
    await rm(workFolder, { recursive: true, force: true });
  }
  return results;
}

/** Returns the path of the file. */
export async function writeResults(results: Results): Promise<string> {
  const file = join(RESULTS_FOLDER, `${stamp(results)}.json`);
  const rounds = results.rounds.map((round) => Object.fromEntries(round));
  const { rows, ...rest } = results.arguments;
  const json = {
    ...results,
    arguments: { ...rest, rows: rows.map(({ name }) => name) },
    rounds,
    failures: Object.fromEntries(results.failures),
    profiles: Object.fromEntries(results.profiles),
  };
  await writeFile(file, `${JSON.stringify(json, null, 2)}\n`);
  return file;
}

async function runRound(
  bench: Bench,
  results: Results,
  backlogs: ReadonlyMap<BacklogName, Backlog>,
  names: readonly ContestantName[],
  tell: (line: string) => void,
): Promise<Round> {
  const round = new Map<ContestantName, Measurement>();
  for (const name of names) {
    const contestant: Contestant = CONTESTANTS[name];
    const backlog = backlogs.get(contestant.backlog);
    if (backlog === undefined || results.failures.has(name)) continue;
    try {
      const measurement = await runOne(bench, results, name, backlog);
      round.set(name, measurement);
      const speed = Math.round(measurement.eventsPerSecond).toLocaleString('en');
      tell(`Round ${results.rounds.length + 1}: ${name.padEnd(12)} ${speed.padStart(9)} events/s`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      results.failures.set(name, reason);
      tell(`Round ${results.rounds.length + 1}: ${name} is left out: ${reason}`);
    }
  }
  return round;
}

async function runOne(
  bench: Bench,
  results: Results,
  name: ContestantName,
  backlog: Backlog,
): Promise<Measurement> {
  const contestant: Contestant = CONTESTANTS[name];
  const measure = name.endsWith('light-load')
    ? measureLightLoad
    : contestant.command === undefined
      ? measureThroughput
      : measureLakeCommand;
  if (!bench.arguments.profile) return measure(bench, CONTESTANTS[name], backlog);
  const profileFolder = await mkdtemp(join(bench.workFolder, 'profile-'));
  const measurement = await measure({ ...bench, profileFolder }, CONTESTANTS[name], backlog);
  // Of several processes that do the same, one is enough.
  const [profile] = await readdir(profileFolder);
  if (profile !== undefined) {
    const file = join(RESULTS_FOLDER, `${stamp(results)}-${name}.cpuprofile`);
    await rename(join(profileFolder, profile), file);
    results.profiles.set(name, file);
  }
  return measurement;
}

function contestantsOf({ rows, profile }: BenchArguments): ContestantName[] {
  const names = new Set(rows.flatMap(({ contestants }) => contestants));
  // A profile says where our own code spends its time.
  if (profile) names.delete('raw');
  return [...names];
}

/** In another order each round, so that none always comes after the same. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Removed also where the benchmark is interrupted; its processes end with it. */
async function makeWorkFolder(): Promise<string> {
  await mkdir(RESULTS_FOLDER, { recursive: true });
  const folder = await mkdtemp(join(RESULTS_FOLDER, 'work-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  return folder;
}

/** For file names. */
function stamp({ startedAt }: Results): string {
  return startedAt.slice(0, 19).replaceAll(':', '-');
}
