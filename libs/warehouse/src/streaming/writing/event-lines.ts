import { roomForText, writeBytes, writeIntegerOrNull, writeText } from '#json-bytes';
import type { StoredRow } from '#pipeline';
import { EventFields } from '../../row-lists/event-fields.js';
import type { Rows } from '../../row-lists/rows.js';

const EVENT_TYPE = Buffer.from('{"EVENT_TYPE":');
const PRODUCT_ID = Buffer.from(',"PRODUCT_ID":');
const CUSTOMER_ID = Buffer.from(',"CUSTOMER_ID":');
const EVENT_METADATA = Buffer.from(',"EVENT_METADATA":');
const EVENT_CONTENT = Buffer.from(',"EVENT_CONTENT":');
const END_OF_OBJECT = '}'.charCodeAt(0);

/** The names of the columns. */
const MOST_AROUND = 128;

/** Rows of RAW_EVENTS_STREAM as their pipe reads them: one line of JSON each, with the columns' names. */
export class EventLines implements Rows {
  readonly #fields = new EventFields();
  #metadata = Buffer.alloc(0);

  constructor(private readonly rows: readonly StoredRow[]) {}

  get count(): number {
    return this.rows.length;
  }

  mostBytes(index: number): number {
    const row = this.#row(index);
    // The metadata are JSON, and become text within JSON.
    return MOST_AROUND + 2 * this.#fields.mostBytes(row) + roomForText(row.content);
  }

  write(index: number, into: Buffer, at: number): number {
    const row = this.#row(index);
    let end = writeBytes(EVENT_TYPE, into, at);
    end = this.#fields.writeType(row, into, end);
    end = writeBytes(PRODUCT_ID, into, end);
    end = writeIntegerOrNull(row.productId, into, end);
    end = writeBytes(CUSTOMER_ID, into, end);
    end = writeIntegerOrNull(row.customerId, into, end);
    end = writeBytes(EVENT_METADATA, into, end);
    end = writeText(this.#metadataOf(row), into, end);
    end = writeBytes(EVENT_CONTENT, into, end);
    end = writeText(row.content, into, end);
    into[end++] = END_OF_OBJECT;
    return end;
  }

  #metadataOf(row: StoredRow): Uint8Array {
    const most = this.#fields.mostBytes(row);
    if (this.#metadata.length < most) this.#metadata = Buffer.allocUnsafeSlow(most);
    return this.#metadata.subarray(0, this.#fields.writeMetadata(row, this.#metadata, 0));
  }

  #row(index: number): StoredRow {
    const row = this.rows[index];
    if (row === undefined) throw new Error(`no row ${index}`);
    return row;
  }
}
