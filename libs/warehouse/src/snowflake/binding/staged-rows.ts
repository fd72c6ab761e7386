import { isUtf8 } from 'node:buffer';
import type { StoredRow } from '#pipeline';
import { eventMetadata } from '../../rows/event-row.js';
import { columnText } from '../../rows/text.js';
import { mostTextBytes, writeBytes, writeInteger, writeText } from './json-bytes.js';
import type { Rows } from './row-lists.js';
import { TEXT_SEPARATOR } from './row-format.js';

const OPEN = '['.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const CLOSE = ']'.charCodeAt(0);
const END_OF_OBJECT = '}'.charCodeAt(0);
const NULL = Buffer.from('null');
const TIMESTAMP = Buffer.from(',"timestamp_ms":');
const KEY = Buffer.from(',"key":');

/** Of the rows; the one before represents the batch. */
export const FIRST_EVENT = 1;

/** The fixed parts of a row, five integers with their signs, and an event type and topic of any length. */
const MOST_AROUND = 256;

/**
 * The events of a batch in the format of the staging statement: `[place, type, product, customer, metadata]`, a
 * separator, and the producer's own bytes. Metadata is JSON, which the statement converts back to text. An empty row,
 * which represents the batch, comes first.
 *
 * The producer's bytes are copied as they are; docs/decisions/0016-separated-rows.md says what that saves.
 */
export class StagedRows implements Rows {
  #type: { name: string | null; json: Uint8Array } = { name: null, json: NULL };
  #partition: { topic: string; partition: number; json: Uint8Array } = {
    topic: '',
    partition: -1,
    json: NULL,
  };

  readonly count: number;

  constructor(private readonly rows: readonly StoredRow[]) {
    this.count = FIRST_EVENT + rows.length;
  }

  mostBytes(index: number): number {
    const row = this.rows[index - FIRST_EVENT];
    if (row === undefined) return 2;
    const { message, eventType, content } = row;
    const { topic, key } = message;
    return (
      MOST_AROUND +
      mostTextBytes(topic.length + (eventType?.length ?? 0)) +
      mostTextBytes(key?.length ?? 0) +
      content.length
    );
  }

  write(index: number, into: Buffer, at: number): number {
    let end = at;
    into[end++] = OPEN;
    const place = index - FIRST_EVENT;
    const row = this.rows[place];
    if (row !== undefined) {
      end = writeInteger(place, into, end);
      into[end++] = COMMA;
      end = writeBytes(this.#typeJson(row.eventType), into, end);
      into[end++] = COMMA;
      end = writeId(row.productId, into, end);
      into[end++] = COMMA;
      end = writeId(row.customerId, into, end);
      into[end++] = COMMA;
      end = this.#writeMetadata(row.message, into, end);
    }
    into[end++] = CLOSE;
    if (row === undefined) return end;
    into[end++] = TEXT_SEPARATOR.byte;
    return end + row.content.copy(into, end);
  }

  /** Writes what `eventMetadata` returns. */
  #writeMetadata(message: StoredRow['message'], into: Buffer, at: number): number {
    const { key } = message;
    if (key !== null && (!isUtf8(key) || key.includes(0))) {
      return at + into.write(eventMetadata(message), at);
    }
    let end = writeBytes(this.#partitionJson(message), into, at);
    end = writeInteger(message.offset, into, end);
    end = writeBytes(TIMESTAMP, into, end);
    const { timestampMs } = message;
    end =
      typeof timestampMs === 'number'
        ? writeInteger(timestampMs, into, end)
        : writeText(Buffer.from(String(timestampMs)), into, end);
    end = writeBytes(KEY, into, end);
    end = key === null ? writeBytes(NULL, into, end) : writeText(key, into, end);
    into[end++] = END_OF_OBJECT;
    return end;
  }

  /** Cached, because rows of the same type follow each other. */
  #typeJson(name: string | null): Uint8Array {
    if (this.#type.name !== name) {
      this.#type = { name, json: Buffer.from(JSON.stringify(name === null ? null : columnText(name))) };
    }
    return this.#type.json;
  }

  #partitionJson({ topic, partition }: StoredRow['message']): Uint8Array {
    if (this.#partition.partition !== partition || this.#partition.topic !== topic) {
      const json = Buffer.from(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`);
      this.#partition = { topic, partition, json };
    }
    return this.#partition.json;
  }
}

function writeId(id: number | null, into: Buffer, at: number): number {
  return id === null ? writeBytes(NULL, into, at) : writeInteger(id, into, at);
}
