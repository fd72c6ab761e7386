import { OperationError, UsageError } from '../../failures.js';
import type { LakeAccess, LakeLog } from './lake-log.js';

/** Offsets [from, to). */
export interface Offsets {
  from: number;
  to: number;
}

/** What the command line selects; everything if nothing is set. */
export interface Selection {
  partitions?: readonly number[];
  /** By partition; under null those of all partitions without their own. */
  offsets?: ReadonlyMap<number | null, Offsets>;
  sinceMs?: number;
  untilMs?: number;
}

/** Selected offsets of a partition of the lake. */
export interface LakeSpan extends Offsets {
  log: LakeLog;
  /** As it was named, whatever the lake has of it; `to` is Infinity without an end. */
  named: Offsets;
}

const PARTITIONS = 'a partition, a range or a list, such as 3, 0-2 or 0-2,5';
const OFFSETS = 'ranges such as 1000-1999 or 1000-, or with their partition: 3:1000-1999,5:0-';

/** Parses `3`, `0-2` or `0-2,5`. */
export function parsePartitions(option: string, text: string): number[] {
  const numbers = text.split(',').flatMap((part) => {
    const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part) ?? [];
    const count = Number(last) - Number(first) + 1;
    if (first === undefined || count < 1)
      throw new UsageError(`${option} is "${text}"; expected ${PARTITIONS}.`);
    return Array.from({ length: count }, (_, index) => Number(first) + index);
  });
  return [...new Set(numbers)];
}

/** Parses inclusive ranges, the last offset of which may be missing. */
export function parseOffsetSpans(option: string, text: string): Map<number | null, Offsets> {
  const spans = new Map<number | null, Offsets>();
  for (const part of text.split(',')) {
    const [, partition, first, dash, last] = /^(?:(\d{1,5}):)?(\d{1,15})(-(\d{1,15})?)?$/.exec(part) ?? [];
    const from = Number(first);
    const to = last === undefined ? (dash === undefined ? from + 1 : Infinity) : Number(last) + 1;
    const key = partition === undefined ? null : Number(partition);
    if (first === undefined || to <= from || spans.has(key))
      throw new UsageError(`${option} is "${text}"; expected ${OFFSETS}, each partition once.`);
    spans.set(key, { from, to });
  }
  return spans;
}

/** Whether the selection names offsets, so that offsets below the checkpoint are meant as well. */
export function namesOffsets({ offsets, sinceMs, untilMs }: Selection): boolean {
  return offsets !== undefined || sinceMs !== undefined || untilMs !== undefined;
}

/** @throws UsageError if two ways to name offsets are mixed */
export function checkSelection({ offsets, sinceMs, untilMs }: Selection): void {
  if (offsets !== undefined && (sinceMs !== undefined || untilMs !== undefined))
    throw new UsageError(
      '--offsets names offsets, and --since and --until name times: expected one of the two.',
    );
  if (sinceMs !== undefined && untilMs !== undefined && untilMs <= sinceMs)
    throw new UsageError('--until is not after --since: there is nothing between.');
}

/** Whether the lake's objects of this partition are needed. */
export function isSelected({ partitions, offsets }: Selection, partition: number): boolean {
  const isNamed = offsets === undefined || offsets.has(null) || offsets.has(partition);
  return isNamed && (partitions === undefined || partitions.includes(partition));
}

/**
 * The selected offsets of each partition, as far as the lake has them. A time begins or ends a partition at the first
 * record that has this timestamp or a later one, as Kafka finds offsets by time.
 *
 * @throws OperationError if the lake lacks a selected partition; FaultError
 */
export async function spansOf(
  access: LakeAccess,
  logs: readonly LakeLog[],
  selection: Selection,
): Promise<LakeSpan[]> {
  const { partitions = [], offsets } = selection;
  const named = [...partitions, ...(offsets?.keys() ?? [])].filter((each) => each !== null);
  const absent = named.filter((partition) => logs.every((log) => log.partition !== partition));
  if (absent.length > 0)
    throw new OperationError(
      `The lake in ${access.lake.store.location} has no objects of partition ${[...new Set(absent)].join(', ')}.`,
    );
  const spans: LakeSpan[] = [];
  for (const log of logs.filter(({ partition }) => isSelected(selection, partition))) {
    const given =
      offsets?.get(log.partition) ?? offsets?.get(null) ?? (await offsetsAt(access, log, selection));
    spans.push({ log, from: Math.max(given.from, log.low), to: Math.min(given.to, log.end), named: given });
  }
  return spans;
}

async function offsetsAt(
  access: LakeAccess,
  log: LakeLog,
  { sinceMs, untilMs }: Selection,
): Promise<Offsets> {
  const from = sinceMs === undefined ? 0 : await offsetAt(access, log, log.low, sinceMs);
  return { from, to: untilMs === undefined ? Infinity : await offsetAt(access, log, from, untilMs) };
}

/** The first record from an offset on with this time or a later one; the end if there is none. */
async function offsetAt(
  { lake, leftOut }: LakeAccess,
  log: LakeLog,
  from: number,
  ms: number,
): Promise<number> {
  for (const [index, object] of log.objects.entries()) {
    const end = log.objects[index + 1]?.first ?? log.end;
    // An object that was written before a time has no records of that time.
    if (end <= from || object.writtenAtMs < ms) continue;
    const passOver = leftOut === null ? undefined : () => undefined;
    for await (const { offset, timestampMs } of lake.records(object, passOver))
      if (offset >= from && timestampMs >= ms) return offset;
  }
  return log.end;
}
