import { writeInteger, writeIntegerOrNull } from '#json-bytes';
import type { StoredRow } from '#pipeline';
import { EventFields } from '../../row-lists/event-fields.js';
import type { Rows } from '../../row-lists/rows.js';
import { TEXT_SEPARATOR } from './row-format.js';

const OPEN = '['.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const CLOSE = ']'.charCodeAt(0);

/** Of the rows; the one before represents the batch. */
export const FIRST_EVENT = 1;

/** The brackets and commas, and the place. */
const MOST_AROUND = 32;

/**
 * The events of a batch in the format of the staging statement: `[place, type, product, customer, metadata]`, a
 * separator, and the producer's own bytes. Metadata is JSON, which the statement converts back to text. An empty row,
 * which represents the batch, comes first.
 *
 * The producer's bytes are copied as they are; docs/decisions/0016-separated-rows.md says what that saves.
 */
export class StagedRows implements Rows {
  readonly #fields = new EventFields();
  readonly count: number;

  constructor(private readonly rows: readonly StoredRow[]) {
    this.count = FIRST_EVENT + rows.length;
  }

  mostBytes(index: number): number {
    const row = this.rows[index - FIRST_EVENT];
    if (row === undefined) return 2;
    return MOST_AROUND + this.#fields.mostBytes(row) + row.content.length;
  }

  write(index: number, into: Buffer, at: number): number {
    let end = at;
    into[end++] = OPEN;
    const place = index - FIRST_EVENT;
    const row = this.rows[place];
    if (row !== undefined) {
      end = writeInteger(place, into, end);
      into[end++] = COMMA;
      end = this.#fields.writeType(row, into, end);
      into[end++] = COMMA;
      end = writeIntegerOrNull(row.productId, into, end);
      into[end++] = COMMA;
      end = writeIntegerOrNull(row.customerId, into, end);
      into[end++] = COMMA;
      end = this.#fields.writeMetadata(row, into, end);
    }
    into[end++] = CLOSE;
    if (row === undefined) return end;
    into[end++] = TEXT_SEPARATOR.byte;
    return end + row.content.copy(into, end);
  }
}
