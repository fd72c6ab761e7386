import type { Checkpoint } from '#pipeline';
import type { StoredEvent, StoredLetter } from './books.js';
import { bytesFingerprint, contentFingerprint } from './fingerprint.js';

/** A row by its columns' names; JSON as text or opened, moments as text, whichever the engine gives. */
export type Row = Readonly<Record<string, unknown>>;

export function toStoredEvent(row: Row): StoredEvent {
  const content = row['EVENT_CONTENT'];
  const json = typeof content === 'string' ? content : JSON.stringify(content);
  return { ...placeOf(row), content: contentFingerprint(json) };
}

export function toStoredLetter(row: Row): StoredLetter {
  const value = row['ORIGINAL_VALUE'] as string | null;
  const encoding = row['VALUE_ENCODING'] === 'base64' ? 'base64' : 'utf8';
  return {
    ...placeOf(row),
    errorType: String(row['ERROR_TYPE']),
    bytes: bytesFingerprint(value === null ? null : Buffer.from(value, encoding)),
  };
}

export function toCheckpoint(row: Row): Checkpoint {
  const number = (name: string) => Number(row[name]);
  return {
    topic: String(row['TOPIC']),
    partition: number('PARTITION'),
    firstOffset: number('FIRST_OFFSET'),
    nextOffset: number('NEXT_OFFSET'),
    stored: number('STORED'),
    deadLettered: number('DEAD_LETTERED'),
    skipped: number('SKIPPED'),
    gaps: number('GAPS'),
    lost: number('LOST'),
    lastTimestampMs: null,
  };
}

function placeOf(row: Row): { partition: number; offset: number; atMs: number } {
  const metadata = row['EVENT_METADATA'];
  const { partition, offset } = (typeof metadata === 'string' ? JSON.parse(metadata) : metadata) as {
    partition: number;
    offset: number;
  };
  return { partition, offset, atMs: new Date(row['INGESTION_TIME'] as string | number).getTime() };
}
