import { exitText, runService } from '#testing';
import { ARCHIVER, OPERATOR, type Contestant } from '../contestants/contestants.js';
import { markOf } from '../contestants/mark.js';
import type { Backlog } from '../setup/backlog.js';
import {
  nodeArguments,
  startProcesses,
  stopProcesses,
  untilOneEnds,
  type Bench,
} from '../setup/processes.js';
import { surroundings, type Surroundings } from '../setup/surroundings.js';
import type { Measurement } from './measurement.js';
import { Settling } from './settling.js';
import { usageOf } from './usage.js';

const POLL_MS = 20;
const MEBIBYTE = 1024 * 1024;

/**
 * Archives a backlog, then measures a command of the operator that reads the whole lake, from its start to its end.
 *
 * @throws Error if the command fails
 */
export async function measureLakeCommand(
  bench: Bench,
  contestant: Contestant,
  backlog: Backlog,
): Promise<Measurement> {
  const around = await surroundings(contestant, bench.workFolder);
  try {
    await archive(bench, contestant, backlog, around);
    const command = runService(
      OPERATOR,
      {
        KAFKA_BOOTSTRAP_SERVER: bench.bootstrapServers,
        KAFKA_TOPIC_NAME: backlog.topic,
        ...around.env,
        ...bench.arguments.settings,
      },
      { args: contestant.command ?? [], nodeArgs: nodeArguments(bench, contestant, 0) },
    );
    const startedAt = performance.now();
    const seen = { cpuSeconds: 0, peakRssBytes: 0 };
    const watch = setInterval(() => {
      const usage = usageOf(command.pid ?? 0);
      // A process that is ending has no memory any more, and one that has ended no figures.
      if (usage !== null) seen.cpuSeconds = usage.cpuSeconds;
      if (usage !== null && usage.peakRssBytes > 0) seen.peakRssBytes = usage.peakRssBytes;
    }, POLL_MS);
    const exit = await command.exited.finally(() => {
      clearInterval(watch);
    });
    const seconds = (performance.now() - startedAt) / 1000;
    if (exit.code !== 0) throw new Error(`ended (${exitText(exit)}): ${command.lastLines()}`);
    return {
      events: backlog.events,
      seconds,
      eventsPerSecond: backlog.events / seconds,
      cpuMicrosPerEvent: (seen.cpuSeconds / backlog.events) * 1e6 || null,
      peakRssMb: seen.peakRssBytes / MEBIBYTE || null,
      rssMbByTenth: [],
      bytesPerEvent: ((await around.storedBytes?.()) ?? 0) / backlog.events,
    };
  } finally {
    await around.close();
  }
}

async function archive(
  bench: Bench,
  contestant: Contestant,
  backlog: Backlog,
  around: Surroundings,
): Promise<void> {
  const settling = new Settling(1, backlog.events, () => null);
  const archiver = { ...contestant, entry: ARCHIVER };
  const running = await startProcesses(
    { ...bench, profileFolder: null },
    archiver,
    backlog,
    around,
    (index, line) => {
      const mark = markOf(line);
      if (mark !== null) settling.add(index, mark);
    },
  );
  try {
    await Promise.race([settling.finished, untilOneEnds(running)]);
  } finally {
    settling.stop();
    await stopProcesses(running);
  }
}
