import type { Contestant } from '../contestants/contestants.js';
import type { Backlog } from '../setup/backlog.js';
import { markOf } from '../contestants/mark.js';
import type { Measurement } from './measurement.js';
import { Settling } from './settling.js';
import { readStages } from './stages.js';
import { startProcesses, stopProcesses, untilOneEnds, type Bench, type Running } from '../setup/processes.js';
import { surroundings } from '../setup/surroundings.js';
import { usageOfAll } from './usage.js';

/**
 * Lets a contestant settle a backlog.
 *
 * @throws Error when it ends, stalls, or settles more or less than there is
 */
export async function measureThroughput(
  bench: Bench,
  contestant: Contestant,
  backlog: Backlog,
): Promise<Measurement> {
  const around = await surroundings(contestant, bench.workFolder);
  try {
    let running: Running | null = null;
    let stages: Measurement['stages'] = {};
    const before = await around.statements?.();
    let statements: number | null = null;
    let billedBytes: number | null = null;
    const settling = new Settling(
      contestant.processes,
      backlog.events,
      () => running && usageOfAll(running.pids),
    );
    try {
      running = await startProcesses(bench, contestant, backlog, around, (index, line) => {
        const mark = markOf(line);
        if (mark !== null) settling.add(index, mark);
      });
      await Promise.race([settling.finished, untilOneEnds(running)]);
      stages = await readStages(String(running.urls[0]));
      if (around.statements !== null) statements = (await around.statements()) - (before ?? 0);
      if (around.billedBytes !== null) billedBytes = await around.billedBytes();
    } finally {
      settling.stop();
      if (running !== null) await stopProcesses(running);
    }
    const statementsPerMillionEvents = statements && (statements / backlog.events) * 1e6;
    const billedBytesPerEvent = billedBytes && billedBytes / backlog.events;
    const bytesPerEvent = around.storedBytes && (await around.storedBytes()) / backlog.events;
    return {
      ...settling.measurement(),
      stages,
      statementsPerMillionEvents,
      billedBytesPerEvent,
      bytesPerEvent,
    };
  } finally {
    await around.close();
  }
}
