import { byKind, clock, count, duration, type Paint, total } from '#terminal';
import { cutLine, wrapLine } from '#terminal';
import { figureLines, roomBeside, type Figure } from './figure.js';

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

const GAP = '  ';
const BAR_WIDTH = 24;
const LEAST_COLUMNS_FOR_BAR = 72;
const BARS = '▁▂▃▄▅▆▇█';
const NOTICE_LINES = 3;

/**
 * The summary for a terminal of this width; always the same lines in the same places while all goes well. It cuts no
 * number: what does not fit beside one continues below it.
 */
export function summaryLines(state: LiveState, paint: Paint, columns: number): string[] {
  const { stored, deadLetters, skipped, lag, lastBatch, latencySeconds } = state;
  const storedPerSecond = perSecond(state.storedPerSecond);
  const history = state.history.slice(
    -Math.max(1, roomBeside(columns) - storedPerSecond.length - GAP.length),
  );
  const figures: Figure[] = [
    { label: 'produced', value: count(state.produced), about: [perSecond(state.producedPerSecond)] },
    {
      label: 'stored',
      value: count(total(stored)),
      about: [storedPerSecond + GAP + paint('green', sparkline(history))],
    },
    { label: '', value: '', about: byKind(stored) },
    { label: 'dead letters', value: count(total(deadLetters)), about: byKind(deadLetters) },
    ...(skipped > 0 ? [{ label: 'skipped', value: count(skipped) }] : []),
    { label: 'lag', value: lag === null ? '-' : count(lag) },
    {
      label: 'last batch',
      value: lastBatch === null ? '-' : count(lastBatch.events),
      about:
        lastBatch === null ? [] : [`written in ${duration(lastBatch.seconds)}`, ago(lastBatch.agoSeconds)],
    },
    {
      label: 'latency',
      value: latencySeconds === null ? '-' : duration(latencySeconds),
      about: ['from event to warehouse'],
    },
  ];
  return [
    ...headline(state, paint, columns),
    '',
    ...figures.flatMap((figure) => figureLines(figure, columns, paint)),
    ...(state.notices.length > 0 ? [''] : []),
    ...state.notices.flatMap((notice) => noticeLines(notice, columns).map((line) => paint('yellow', line))),
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

function headline(state: LiveState, paint: Paint, columns: number): string[] {
  const parts = [paint('cyan', clock(state.seconds)), ...progress(state, paint, columns), state.phase];
  return wrapLine(`  ${parts.filter((part) => part !== '').join(GAP)}`, columns);
}

/** How much of the goal has reached its end. */
function progress(
  { goal, stored, deadLetters, skipped }: LiveState,
  paint: Paint,
  columns: number,
): string[] {
  if (goal === null) return [];
  const share = Math.min(1, (total(stored) + total(deadLetters) + skipped) / goal);
  const percent = `${Math.floor(share * 100)}% of ${count(goal)}`;
  if (columns < LEAST_COLUMNS_FOR_BAR) return [percent];
  const full = Math.floor(share * BAR_WIDTH);
  return [paint('green', '█'.repeat(full)) + paint('dim', '░'.repeat(BAR_WIDTH - full)), percent];
}

/** A notice may be long; the log has all of it. */
function noticeLines(notice: string, columns: number): string[] {
  const lines = wrapLine(`  ${notice}`, columns);
  return lines.length <= NOTICE_LINES
    ? lines
    : [...lines.slice(0, NOTICE_LINES - 1), cutLine(lines.slice(NOTICE_LINES - 1).join(' '), columns)];
}
