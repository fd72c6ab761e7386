import type { EventLabel } from '#events';
import type { BatchCounts } from './batch-counts.js';
import type { RunStats } from './run-stats.js';

const numbers = new Intl.NumberFormat('en');

export function count(value: number): string {
  return numbers.format(value);
}

/** `1 row`, `1,234 rows` */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

export function secondsText(seconds: number): string {
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

/** Short words for the session totals; types without one keep their names. */
const SESSION_WORDS = new Map<EventLabel, string>([
  ['ORDER_CREATED', 'Orders'],
  ['INVENTORY_ADJUSTED', 'Inventory'],
  ['other', 'Other'],
]);

/** `Orders 12,000, Inventory 5,000, Other 3, Errors 20` */
export function runText({ stored, errors }: RunStats): string {
  const types = (Object.entries(stored) as [EventLabel, number][]).map(
    ([label, value]) => `${SESSION_WORDS.get(label) ?? label} ${count(value)}`,
  );
  return [...types, `Errors ${count(errors)}`].join(', ');
}

/** The log line of a committed batch. */
export function batchText(
  { events, rows, stored, deadLetters, skipped }: BatchCounts,
  seconds: { warehouse: number; total: number },
  session: RunStats,
): string {
  const types = [...stored].map(([label, value]) => `${label} ${count(value)}`);
  return [
    `📦 ${counted(events, 'event')}`,
    types.length > 0 ? `📊 ${types.join(', ')}` : '',
    deadLetters > 0 ? `⚠️ ${counted(deadLetters, 'dead letter')}` : '',
    skipped > 0 ? `${count(skipped)} skipped` : '',
    `✅ ${counted(rows, 'row')} staged`,
    `⚡ ${secondsText(seconds.warehouse)}`,
    `🎯 ${secondsText(seconds.total)}`,
    '✅ committed',
    `📈 ${runText(session)}`,
  ]
    .filter(Boolean)
    .join(' ');
}
