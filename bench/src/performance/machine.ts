import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  cpus: string;
  memoryGb: number;
  system: string;
  node: string;
  /** Processes that ran or waited for a CPU, over the last minute before the benchmark. */
  loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    cpus: `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    loadBefore: loadavg()[0] ?? 0,
  };
}

const CALIBRATION_ROUNDS = 150_000;
const CALIBRATION_TEXT = JSON.stringify({ event_type: 'ORDER_CREATED', quantity: 1, name: 'x'.repeat(300) });

/** Seconds that a fixed piece of work takes now: what it varies by is the machine's doing. */
export function calibrate(): number {
  const startedAt = performance.now();
  let length = 0;
  for (let round = 0; round < CALIBRATION_ROUNDS; round += 1) {
    const { name } = JSON.parse(CALIBRATION_TEXT) as { name: string };
    length += name.length;
  }
  if (length === 0) throw new Error('The work was not done.');
  return (performance.now() - startedAt) / 1000;
}
