import { SnowflakeError, TOO_LARGE } from '../session/snowflake-error.js';
import type { BindLimit } from './bind-limit.js';
import type { ListBinding } from './list-binding.js';
import { encodedRows, type EncodedRows, type RowSpan } from '../../row-lists/row-lists.js';
import type { Rows } from '../../row-lists/rows.js';

/** A row that is refused as too large even in a statement of its own, and the size of that bind in bytes. */
export interface TooLargeRow {
  index: number;
  bytes: number;
}

const CONNECTION_CLOSED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/** Sends long lists in as many statements as the server requires. */
export class ListSender {
  constructor(
    private readonly binding: ListBinding,
    private readonly limit: BindLimit,
  ) {}

  /** The SQL that converts a bind to an array of the rows' texts. */
  get sql(): string {
    return this.binding.sql;
  }

  /**
   * Sends all rows in order. A list that is refused as too large is sent in halves.
   *
   * @param send runs one statement with a list of `count` rows
   * @returns the rows that are left out because they are too large
   */
  async send(rows: Rows, send: Send): Promise<TooLargeRow[]> {
    return this.#sendSpan(rows, { from: 0, to: rows.count }, send);
  }

  async #sendSpan(rows: Rows, span: RowSpan, send: Send): Promise<TooLargeRow[]> {
    const tooLarge: TooLargeRow[] = [];
    let sending: Promise<TooLargeRow[]> = Promise.resolve([]);
    // Each list is built while the previous one is being sent.
    for await (const list of encodedRows(rows, this.limit, this.binding, span)) {
      tooLarge.push(...(await sending));
      sending = this.#sendList(rows, list, send);
      // Awaited with the next list; this prevents an unhandled rejection in the meantime.
      sending.catch(() => undefined);
    }
    tooLarge.push(...(await sending));
    return tooLarge;
  }

  async #sendList(
    rows: Rows,
    { list: bind, from, to }: EncodedRows<string>,
    send: Send,
  ): Promise<TooLargeRow[]> {
    try {
      await send(bind, to - from, to === rows.count);
      this.limit.accepted();
      return [];
    } catch (error) {
      if (!(error instanceof SnowflakeError)) throw error;
      if (CONNECTION_CLOSED.has(error.code)) this.limit.interrupted(bind.length);
      if (error.code !== TOO_LARGE) throw error;
    }
    this.limit.refused(bind.length);
    if (to - from <= 1) return [{ index: from, bytes: bind.length }];
    const middle = from + Math.ceil((to - from) / 2);
    const first = await this.#sendSpan(rows, { from, to: middle }, send);
    return [...first, ...(await this.#sendSpan(rows, { from: middle, to }, send))];
  }
}

type Send = (bind: string, count: number, isLast: boolean) => Promise<void>;
