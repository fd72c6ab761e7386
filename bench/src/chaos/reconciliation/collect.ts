import type { Message } from '#pipeline';
import { groupOffsets, logEnds, readTopic } from '#testing';
import type { Books, LoggedMessage, PublishedLetter, StoredEvent, StoredLetter } from './books.js';
import { bytesFingerprint, contentFingerprint } from '../../warehouses/fingerprint.js';
import type { LedgerProducer } from './ledger-producer.js';
import { coordinatesOf, type Row } from '../../warehouses/rows.js';
import { DEAD_LETTER_TOPIC, GROUP, TOPIC, type World } from '../world/world.js';

/** Reads everything, once nobody writes any more. */
export async function collectBooks(world: World, producer: LedgerProducer): Promise<Books> {
  const { bootstrapServer, warehouse } = world;
  return {
    log: (await readTopic(bootstrapServer, TOPIC)).map(toLoggedMessage),
    logEnds: await logEnds(bootstrapServer, TOPIC),
    acknowledged: producer.acknowledged,
    expected: producer.expected,
    rows: await all(warehouse.table('RAW_EVENTS_STREAM'), toStoredEvent),
    deadLetters: await all(warehouse.table('SALES_EVENTS_DLQ'), toStoredLetter),
    published: (await readTopic(bootstrapServer, DEAD_LETTER_TOPIC)).map(toPublishedLetter),
    checkpoints: await warehouse.checkpoints(),
    committed: await groupOffsets(bootstrapServer, GROUP, TOPIC),
  };
}

function toLoggedMessage({ partition, offset, value }: Message): LoggedMessage {
  return { partition, offset, bytes: bytesFingerprint(value), content: contentOf(value) };
}

function contentOf(value: Buffer | null): string | null {
  try {
    return value === null ? null : contentFingerprint(value.toString());
  } catch {
    return null;
  }
}

function toPublishedLetter({ value, headers }: Message): PublishedLetter {
  return {
    partition: Number(String(headers['dlq.source.partition'])),
    offset: Number(String(headers['dlq.source.offset'])),
    bytes: headers['dlq.value.omitted'] === undefined ? bytesFingerprint(value) : null,
  };
}

function toStoredEvent(row: Row): StoredEvent {
  const content = row['EVENT_CONTENT'];
  const json = typeof content === 'string' ? content : JSON.stringify(content);
  return { ...coordinatesOf(row), atMs: writtenAt(row), content: contentFingerprint(json) };
}

function toStoredLetter(row: Row): StoredLetter {
  const value = row['ORIGINAL_VALUE'] as string | null;
  const encoding = row['VALUE_ENCODING'] === 'base64' ? 'base64' : 'utf8';
  return {
    ...coordinatesOf(row),
    atMs: writtenAt(row),
    errorType: String(row['ERROR_TYPE']),
    bytes: bytesFingerprint(value === null ? null : Buffer.from(value, encoding)),
  };
}

function writtenAt(row: Row): number {
  return new Date(row['INGESTION_TIME'] as string | number).getTime();
}

async function all<T>(rows: AsyncIterable<Row>, as: (row: Row) => T): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(as(row));
  return found;
}
