import { integer, oneOf, positiveNumber, someOf, type Reader } from '#command-line';
import { parseCoordinates, type Coordinates } from '#pipeline';
import { UsageError } from './failures.js';

const UNITS_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Parses `sales_events-3@1042`, the form used in logs. */
export function parseId(text: string): Coordinates {
  const coordinates = parseCoordinates(text);
  if (coordinates !== null) return coordinates;
  throw new UsageError(
    `"${text}" is not an id; expected topic-partition@offset, such as sales_events-3@1042.`,
  );
}

/**
 * Parses a time into epoch milliseconds: an ISO 8601 date or time, in UTC if it names no zone, or an age: `90m`, `2h`,
 * `3d`.
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
      `${option} is "${text}"; expected a time such as 2026-01-31 or 2026-01-31T18:00:00Z, or an age such as 90m, 2h or 3d.`,
    );
  }
  return ms;
}

/** Date.parse accepts 31 February as a day in March. */
function isDate(text: string): boolean {
  return new Date(`${text}T00:00Z`).toISOString().startsWith(text);
}

/** Parses `1042` or `1000-1099` (inclusive). */
export function parseOffsets(option: string, text: string): { first: number; last: number } {
  const [, first, last = first] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(text) ?? [];
  if (first === undefined || Number(last) < Number(first)) {
    throw new UsageError(
      `${option} is "${text}"; expected an offset, or an inclusive range such as 1000-1099.`,
    );
  }
  return { first: Number(first), last: Number(last) };
}

export function parseInteger(option: string, text: string, least: number, most = Infinity): number {
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  const isDigits = /^\d{1,15}$/.test(text);
  return parsed(option, text, {
    parse: () => (isDigits ? integer(least, most).parse(text) : undefined),
    expected: `a whole number ${range}`,
  });
}

export function parseRate(option: string, text: string): number {
  return parsed(option, text, positiveNumber());
}

export function parseWord<T extends string>(option: string, text: string, words: readonly T[]): T {
  return parsed(option, text, { ...oneOf(words), expected: `one of ${words.join(', ')}` });
}

/** Parses one or more of the words, separated by commas. */
export function parseWords<T extends string>(
  option: string,
  text: string,
  words: readonly T[],
): readonly T[] {
  const expected = `one of ${words.join(', ')}, or several separated by commas`;
  return parsed(option, text, { ...someOf(words), expected });
}

/** @throws UsageError if the text is invalid */
function parsed<T>(option: string, text: string, { parse, expected }: Reader<T>): T {
  const value = parse(text);
  if (value === undefined) throw new UsageError(`${option} is "${text}"; expected ${expected}.`);
  return value;
}
