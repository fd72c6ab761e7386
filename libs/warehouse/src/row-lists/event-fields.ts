import { mostTextBytes, NULL, writeBytes, writeInteger, writeText } from '#json-bytes';
import type { StoredRow } from '#pipeline';
import { eventMetadata } from '../rows/event-row.js';
import { columnText, isWholeText } from '../rows/text.js';

const END_OF_OBJECT = '}'.charCodeAt(0);
const TIMESTAMP = Buffer.from(',"timestamp_ms":');
const KEY = Buffer.from(',"key":');

/** Four integers with their signs, and the names in the metadata. */
const MOST_AROUND = 256;

/** Writes the fields of events as JSON. What one row has in common with the row before is kept. */
export class EventFields {
  #type: { name: string | null; json: Uint8Array } = { name: null, json: NULL };
  #partition: { topic: string; partition: number; json: Uint8Array } = {
    topic: '',
    partition: -1,
    json: NULL,
  };

  /** A cheap upper bound of all fields but the content. */
  mostBytes({ message: { topic, key }, eventType }: StoredRow): number {
    return MOST_AROUND + mostTextBytes(topic.length + (eventType?.length ?? 0) + (key?.length ?? 0));
  }

  /** Writes the event type, or null. */
  writeType({ eventType }: StoredRow, into: Buffer, at: number): number {
    if (this.#type.name !== eventType) {
      const json = JSON.stringify(eventType === null ? null : columnText(eventType));
      this.#type = { name: eventType, json: Buffer.from(json) };
    }
    return writeBytes(this.#type.json, into, at);
  }

  /** Writes what `eventMetadata` returns. */
  writeMetadata({ message }: StoredRow, into: Buffer, at: number): number {
    const { key } = message;
    if (key !== null && !isWholeText(key)) return at + into.write(eventMetadata(message), at);
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

  #partitionJson({ topic, partition }: StoredRow['message']): Uint8Array {
    if (this.#partition.partition !== partition || this.#partition.topic !== topic) {
      const json = Buffer.from(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`);
      this.#partition = { topic, partition, json };
    }
    return this.#partition.json;
  }
}
