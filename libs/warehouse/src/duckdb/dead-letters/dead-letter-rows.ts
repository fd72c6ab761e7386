import { toTimestamp, type Coordinates } from '#pipeline';
import type {
  ClaimedDeadLetter,
  DeadLetterAction,
  DeadLetterEntry,
  DeadLetterGroup,
  DeadLetterStatus,
  FoundDeadLetter,
} from '../../dead-letters/dead-letter-store.js';
import { storedAs, toDeadLetterEntry } from '../../rows/dead-letter-entry.js';

/** Rows as the queries return them. 64-bit integers are text; offsets, times and counts are safe integers. */
interface CoordinatesRow {
  topic: string;
  partition: string;
  offset: string;
}

export interface FoundRow extends CoordinatesRow {
  timestamp_ms: string;
  length: string;
}

export interface ClaimedRow extends CoordinatesRow {
  timestampMs: string;
  REDRIVE_ID: string;
  STORED_METADATA: string | null;
}

export interface ActionRow {
  ACTION: DeadLetterAction['action'];
  ACTED_BY: string;
  REASON: string | null;
  CHANGED: string | null;
  REDRIVE_ID: string | null;
  ACTED_AT: string;
}

export interface GroupRow {
  type?: string;
  'event-type'?: string | null;
  field?: string | null;
  producer?: string | null;
  hour?: string;
  letters: string;
  first_failed: string;
  last_failed: string;
  last: CoordinatesRow;
}

export interface EntryRow {
  status: DeadLetterStatus;
  ERROR_TYPE: string;
  ERROR_REASON: string;
  ERROR_DETAILS: string | null;
  EVENT_TYPE: string | null;
  ORIGINAL_VALUE: string | null;
  VALUE_ENCODING: string | null;
  ORIGINAL_KEY: string | null;
  KEY_ENCODING: string | null;
  HEADERS: string | null;
  EVENT_METADATA: string;
  ATTEMPT: string;
  FAILED_AT: string;
  REDRIVE_ID: string | null;
  REDRIVEN_AT: string | null;
  STORED_AT: string | null;
  STORED_METADATA: string | null;
  RESOLVED_AT: string | null;
  RESOLUTION: string | null;
}

function toCoordinates({ topic, partition, offset }: CoordinatesRow): Coordinates {
  return { topic, partition: Number(partition), offset: Number(offset) };
}

export function toFound(row: FoundRow): FoundDeadLetter {
  return {
    ...toCoordinates(row),
    timestampMs: toTimestamp(row.timestamp_ms),
    length: Number(row.length),
  };
}

export function toClaimed(row: ClaimedRow): ClaimedDeadLetter {
  return {
    ...toCoordinates(row),
    timestampMs: toTimestamp(row.timestampMs),
    redriveId: row.REDRIVE_ID,
    storedAs: row.STORED_METADATA === null ? null : storedAs(row.STORED_METADATA),
  };
}

export function toAction(row: ActionRow): DeadLetterAction {
  return {
    action: row.ACTION,
    by: row.ACTED_BY,
    reason: row.REASON,
    changed: row.CHANGED,
    redriveId: row.REDRIVE_ID,
    atMs: Number(row.ACTED_AT),
  };
}

export function toGroup(row: GroupRow): DeadLetterGroup {
  const { 'event-type': eventType, hour, letters, first_failed, last_failed, last, ...grouped } = row;
  return {
    ...grouped,
    ...(eventType === undefined ? {} : { eventType }),
    ...(hour === undefined ? {} : { hourMs: Number(hour) }),
    count: Number(letters),
    firstFailedAtMs: Number(first_failed),
    lastFailedAtMs: Number(last_failed),
    last: toCoordinates(last),
  };
}

export function toEntry(row: EntryRow): DeadLetterEntry {
  return toDeadLetterEntry({
    status: row.status,
    errorType: row.ERROR_TYPE,
    errorReason: row.ERROR_REASON,
    errorDetails: row.ERROR_DETAILS,
    eventType: row.EVENT_TYPE,
    originalValue: row.ORIGINAL_VALUE,
    valueEncoding: row.VALUE_ENCODING,
    originalKey: row.ORIGINAL_KEY,
    keyEncoding: row.KEY_ENCODING,
    headers: row.HEADERS,
    metadata: row.EVENT_METADATA,
    attempt: Number(row.ATTEMPT),
    failedAtMs: Number(row.FAILED_AT),
    redriveId: row.REDRIVE_ID,
    redrivenAtMs: milliseconds(row.REDRIVEN_AT),
    storedAtMs: milliseconds(row.STORED_AT),
    storedMetadata: row.STORED_METADATA,
    resolvedAtMs: milliseconds(row.RESOLVED_AT),
    resolution: row.RESOLUTION,
  });
}

function milliseconds(time: string | null): number | null {
  return time === null ? null : Number(time);
}
