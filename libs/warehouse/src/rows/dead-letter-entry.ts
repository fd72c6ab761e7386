import type { FieldFault } from '#events';
import { toTimestamp, type Coordinates, type ErrorType } from '#pipeline';
import type { CutOff } from './kept-bytes.js';
import type { DeadLetterEntry, DeadLetterStatus, OriginalValue } from '../dead-letters/dead-letter-store.js';

/** A row of SALES_EVENTS_DLQ as an engine returns it: JSON columns as text, times as epoch milliseconds. */
export interface DeadLetterColumns {
  status: DeadLetterStatus;
  errorType: string;
  errorReason: string;
  errorDetails: string | null;
  eventType: string | null;
  originalValue: string | null;
  valueEncoding: string | null;
  originalKey: string | null;
  keyEncoding: string | null;
  headers: string | null;
  metadata: string;
  attempt: number;
  failedAtMs: number;
  redriveId: string | null;
  redrivenAtMs: number | null;
  storedAtMs: number | null;
  storedMetadata: string | null;
  resolvedAtMs: number | null;
  resolution: string | null;
}

interface Metadata extends Coordinates {
  timestamp_ms: number | string;
  value?: CutOff;
  key?: CutOff;
  headers?: { omitted: number };
}

/** The inverse of toDeadLetterRecord. */
export function toDeadLetterEntry(columns: DeadLetterColumns): DeadLetterEntry {
  const { status, eventType, attempt, failedAtMs } = columns;
  const { redriveId, redrivenAtMs, storedAtMs, resolvedAtMs, resolution } = columns;
  const metadata = JSON.parse(columns.metadata) as Metadata;
  return {
    topic: metadata.topic,
    partition: metadata.partition,
    offset: metadata.offset,
    timestampMs: toTimestamp(metadata.timestamp_ms),
    status,
    errorType: columns.errorType as ErrorType,
    reason: columns.errorReason,
    details: JSON.parse(columns.errorDetails ?? '[]') as FieldFault[],
    eventType,
    value: originalValue(columns, metadata),
    ...originalKey(columns, metadata),
    headers: headersOf(columns.headers),
    headersOmitted: metadata.headers?.omitted ?? 0,
    attempt,
    failedAtMs,
    redriveId,
    redrivenAtMs,
    storedAtMs,
    storedAs: columns.storedMetadata === null ? null : storedAs(columns.storedMetadata),
    resolvedAtMs,
    resolution,
  };
}

/** Parses STORED_METADATA: where a redriven message was stored. */
export function storedAs(metadata: string): Coordinates {
  const { topic, partition, offset } = JSON.parse(metadata) as Coordinates;
  return { topic, partition, offset };
}

function originalKey({ originalKey: text, keyEncoding }: DeadLetterColumns, { key }: Metadata) {
  if (text === null) return { key: null, keyCutOff: null };
  if (keyEncoding !== 'prefix') return { key: decodeBytes(text, keyEncoding), keyCutOff: null };
  return {
    key: decodeBytes(text, key?.prefix_encoding ?? 'utf8'),
    keyCutOff: { totalBytes: key?.bytes ?? 0, sha256: key?.sha256 ?? null },
  };
}

function originalValue(
  { originalValue: text, valueEncoding }: DeadLetterColumns,
  { value }: Metadata,
): OriginalValue {
  if (text === null) return { kind: 'none' };
  if (valueEncoding !== 'prefix') return { kind: 'whole', bytes: decodeBytes(text, valueEncoding) };
  return {
    kind: 'prefix',
    bytes: decodeBytes(text, value?.prefix_encoding ?? 'utf8'),
    totalBytes: value?.bytes ?? 0,
    sha256: value?.sha256 ?? '',
  };
}

function headersOf(json: string | null): DeadLetterEntry['headers'] {
  const headers = JSON.parse(json ?? '[]') as { name: string; value: string | null; encoding?: string }[];
  return headers.map(({ name, value, encoding }) => ({
    name,
    value: value === null ? null : decodeBytes(value, encoding ?? 'utf8'),
  }));
}

function decodeBytes(text: string, encoding: string | null): Buffer {
  return Buffer.from(text, encoding === 'base64' ? 'base64' : 'utf8');
}
