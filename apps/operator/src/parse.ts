import type { Coordinates } from '#pipeline';
import { UsageError } from './failures.js';

const UNITS_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `sales_events-3@1042`, as logs name a message. */
export function parseId(text: string): Coordinates {
  const [, topic, partition, offset] = /^(.+)-(\d{1,10})@(\d{1,15})$/.exec(text) ?? [];
  if (topic === undefined) {
    throw new UsageError(
      `"${text}" names no message; expected topic-partition@offset, such as sales_events-3@1042.`,
    );
  }
  return { topic, partition: Number(partition), offset: Number(offset) };
}

/**
 * A moment, in milliseconds since 1970: a date or a time of ISO 8601, in UTC where it names no zone, or how long ago
 * it was: `90m`, `2h`, `3d`.
 */
export function parseTime(option: string, text: string, nowMs = Date.now()): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (UNITS_MS[unit] ?? 0);
  const [, date, time, zone] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ??
    [];
  const ms = Date.parse(`${date ?? ''}T${time ?? '00:00'}${zone ?? 'Z'}`);
  if (Number.isNaN(ms) || !isDate(date ?? '')) {
    throw new UsageError(
      `${option} is "${text}"; expected a time such as 2026-01-31, 2026-01-31T18:00:00Z, or how long ago: 90m, 2h, 3d.`,
    );
  }
  return ms;
}

/** Date.parse takes 31 February for a day in March. */
function isDate(text: string): boolean {
  return new Date(`${text}T00:00Z`).toISOString().startsWith(text);
}

/** `1042` or `1000-1099`, both included. */
export function parseOffsets(option: string, text: string): { first: number; last: number } {
  const [, first, last = first] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(text) ?? [];
  if (first === undefined || Number(last) < Number(first)) {
    throw new UsageError(`${option} is "${text}"; expected an offset, or a first and a last one: 1000-1099.`);
  }
  return { first: Number(first), last: Number(last) };
}

export function parseInteger(option: string, text: string, least: number, most = Infinity): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < least || value > most) {
    const expected = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new UsageError(`${option} is "${text}"; expected a whole number ${expected}.`);
  }
  return value;
}

export function parseRate(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new UsageError(`${option} is "${text}"; expected a number above 0.`);
  }
  return value;
}

export function parseWord<T extends string>(option: string, text: string, words: readonly T[]): T {
  const known = words.find((word) => word === text);
  if (known === undefined) {
    throw new UsageError(`${option} is "${text}"; expected one of ${words.join(', ')}.`);
  }
  return known;
}

/** One of the words, or several with commas between. */
export function parseWords<T extends string>(option: string, text: string, words: readonly T[]): T[] {
  const given = text.split(',').map((word) => word.trim());
  const known = words.filter((word) => given.includes(word));
  if (known.length < new Set(given).size) {
    throw new UsageError(
      `${option} is "${text}"; expected one of ${words.join(', ')}, or several with commas between.`,
    );
  }
  return known;
}
