import { faultText, type PlannedFault } from './plan.js';
import type { ChaosResult } from './run.js';

/** A long list says no more than its beginning. */
const SHOWN_PROBLEMS = 20;

/** `12:03.4`: minutes, seconds. */
export function clock(ms: number): string {
  const seconds = (ms % 60_000) / 1000;
  return `${String(Math.floor(ms / 60_000)).padStart(3)}:${seconds.toFixed(1).padStart(4, '0')}`;
}

export function planText(plan: readonly PlannedFault[]): string {
  return plan.map((fault) => `${clock(fault.atMs)}  ${faultText(fault)}`).join('\n');
}

export function report({ problems, figures, fleet, ...run }: ChaosResult): string {
  const lines: [string, string][] = [
    ['faults', count(run.faults)],
    ['messages', `${count(figures.messages)}, of which ${count(figures.acknowledged)} acknowledged`],
    ['rows', count(figures.rows)],
    [
      'dead letters',
      `${count(figures.deadLetters)}, ${count(figures.publishedAgain)} of them published again`,
    ],
    ['skipped', count(figures.skipped)],
    ['duplicates', count(figures.duplicates)],
    ['lost', count(figures.lost)],
    ['stale writes fenced off', count(fleet.staleWrites)],
    ['restarts', `${count(fleet.restarts)}, ${count(fleet.undrained)} of them after a drain cut short`],
    ['offsets compared', `${count(run.comparisons)} times with the checkpoints`],
    ['longest pause', pauseText(run.longestPause)],
    ['time', `${run.seconds.toFixed(0)} s`],
  ];
  return [
    ...lines.map(([name, value]) => `  ${name.padEnd(24)}  ${value}`),
    '',
    ...(problems.length === 0
      ? ['✓ Every message ended exactly once; the ledger adds up; lag is 0.']
      : [
          `✗ ${count(problems.length)} not as promised:`,
          ...problems.slice(0, SHOWN_PROBLEMS).map((problem) => `  ${problem}`),
        ]),
  ].join('\n');
}

function pauseText(pause: ChaosResult['longestPause']): string {
  return pause === null ? '-' : `${pause.seconds.toFixed(1)} s, in partition ${pause.partition}`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
