import type { Paint } from '../screen/screen.js';
import { byKind, clock, count, duration, total } from '../screen/words.js';

/** Everything that the live summary shows. */
export interface LiveState {
  seconds: number;
  /** What is going on, as words. */
  phase: string;
  /** How many events are to be made; null where there is no end. */
  goal: number | null;
  produced: number;
  producedPerSecond: number;
  /** By event type. */
  stored: ReadonlyMap<string, number>;
  storedPerSecond: number;
  /** The latest rates of storing, the oldest first. */
  history: readonly number[];
  /** By error type. */
  deadLetters: ReadonlyMap<string, number>;
  skipped: number;
  /** Null while it is not known. */
  lag: number | null;
  lastBatch: { events: number; seconds: number; agoSeconds: number } | null;
  /** From an event's timestamp to its commit, lately; null while nothing is stored. */
  latencySeconds: number | null;
  /** Warnings and errors of the ingester, the oldest first. */
  notices: readonly string[];
}

const LABEL_WIDTH = 14;
const VALUE_WIDTH = 9;
const BAR_WIDTH = 24;
const BARS = '▁▂▃▄▅▆▇█';

/** The summary for a terminal; always the same lines in the same places while all goes well. */
export function summaryLines(state: LiveState, paint: Paint): string[] {
  const line = (label: string, value: string, rest = '') =>
    `  ${paint('dim', label.padEnd(LABEL_WIDTH))}${paint('bold', value.padStart(VALUE_WIDTH))}   ${rest}`.trimEnd();
  const { stored, deadLetters, skipped, lag, lastBatch, latencySeconds } = state;
  const bad = total(deadLetters);
  return [
    `  ${[paint('cyan', clock(state.seconds)), ...progress(state, paint), state.phase].join('  ')}`.trimEnd(),
    '',
    line('produced', count(state.produced), perSecond(state.producedPerSecond)),
    line(
      'stored',
      count(total(stored)),
      `${perSecond(state.storedPerSecond)}  ${paint('green', sparkline(state.history))}`,
    ),
    line('', '', byKind(stored)),
    line('dead letters', count(bad), byKind(deadLetters)),
    ...(skipped > 0 ? [line('skipped', count(skipped))] : []),
    line('lag', lag === null ? '-' : count(lag)),
    line(
      'last batch',
      lastBatch === null ? '-' : count(lastBatch.events),
      lastBatch === null ? '' : `written in ${duration(lastBatch.seconds)}, ${ago(lastBatch.agoSeconds)}`,
    ),
    line('latency', latencySeconds === null ? '-' : duration(latencySeconds), 'from event to warehouse'),
    ...(state.notices.length > 0 ? [''] : []),
    ...state.notices.map((notice) => `  ${paint('yellow', notice)}`),
  ];
}

/** The summary in one line, for logs and pipes. */
export function summaryLine(state: LiveState): string {
  const { stored, deadLetters, lag, lastBatch } = state;
  const parts = [
    clock(state.seconds),
    `produced ${count(state.produced)} (${count(state.producedPerSecond)}/s)`,
    `stored ${count(total(stored))} (${count(state.storedPerSecond)}/s)`,
    `dead letters ${count(total(deadLetters))}`,
    `lag ${lag === null ? '-' : count(lag)}`,
  ];
  if (lastBatch !== null)
    parts.push(`last batch ${count(lastBatch.events)} in ${duration(lastBatch.seconds)}`);
  return `  ${parts.join(' | ')}`;
}

/** One character each, from the lowest bar for nothing to the highest for the greatest. */
export function sparkline(values: readonly number[]): string {
  const greatest = Math.max(...values, 1);
  return values.map((value) => BARS[Math.round((value / greatest) * (BARS.length - 1))] ?? '').join('');
}

function ago(seconds: number): string {
  return seconds < 2 ? 'just now' : `${duration(Math.round(seconds))} ago`;
}

function perSecond(rate: number): string {
  return `${count(rate).padStart(6)} /s`;
}

/** How much of the goal has reached its end. */
function progress({ goal, stored, deadLetters, skipped }: LiveState, paint: Paint): string[] {
  if (goal === null) return [];
  const share = Math.min(1, (total(stored) + total(deadLetters) + skipped) / goal);
  const full = Math.floor(share * BAR_WIDTH);
  const bar = paint('green', '█'.repeat(full)) + paint('dim', '░'.repeat(BAR_WIDTH - full));
  return [bar, `${Math.floor(share * 100)}% of ${count(goal)}`];
}
