import type { CatchUp } from './catch-up.js';

export const HEADER = `${''.padEnd(24)}  events/s  2nd half  CPU us/event  2nd half  RSS MB  state MB`;

/** A line below {@link HEADER}. */
export function lineOf(name: string, { stateMb, ...measured }: CatchUp): string {
  const figures: [number | null, width: number][] = [
    [measured.eventsPerSecond, 8],
    [measured.laterEventsPerSecond, 8],
    [measured.cpuMicrosPerEvent, 12],
    [measured.laterCpuMicrosPerEvent, 8],
    [measured.peakRssMb, 6],
  ];
  const cells = figures.map(([value, width]) => (value === null ? '-' : count(value)).padStart(width));
  return [name.padEnd(24), ...cells, stateMb.toFixed(1).padStart(8)].join('  ');
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
