import type { ListBuilder, ListEncoding } from '../../row-lists/row-lists.js';
import { ZstdFrame } from '../../row-lists/zstd-frame.js';
import { leavesSessionUsable } from '../session/snowflake-error.js';
import { ROW_SEPARATOR } from './row-format.js';

/** How the long lists of a batch, its events and dead letters, are encoded in a bind. */
export interface ListBinding extends ListEncoding<string> {
  /** The SQL that converts the bind to an array of the rows' texts. */
  sql: string;
}

/** The longest text that SPLIT accepts in older accounts is 16 MiB. */
const MAX_TEXT_BYTES = 15 * 1024 * 1024;

const FORMAT = { separator: ROW_SEPARATOR.byte, maxTextBytes: MAX_TEXT_BYTES };

/** A session, as far as the choice of a binding needs it. */
interface QuerySession {
  query(sql: string, binds: string[]): Promise<Record<string, unknown>[]>;
}

/** As JSON, which every server opens. */
export const PLAIN: ListBinding = { ...FORMAT, sql: 'PARSE_JSON(?)', begin: () => new PlainText() };

/** The SQL that restores the list's text from the bind. */
const DECOMPRESSED = `DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), 'ZSTD')`;

/**
 * The driver passes over the text of a bind half a dozen times, to check, quote, compress (in vain) and reread it, which
 * was most of the cost of an event in this process. Zstandard compresses events to a fifth, and can stream.
 */
const ZSTD: ListBinding = {
  ...FORMAT,
  sql: `SPLIT(${DECOMPRESSED}, ${ROW_SEPARATOR.sql})`,
  begin: () => new ZstdText(),
};

class ZstdText implements ListBuilder<string> {
  readonly #frame = new ZstdFrame();

  add(piece: Buffer): Promise<void> {
    return this.#frame.add(piece);
  }

  mostBytes(more: number): number {
    return Math.ceil(this.#frame.mostBytes(more) / 3) * 4;
  }

  async end(): Promise<string> {
    return (await this.#frame.end()).toString('base64');
  }
}

class PlainText implements ListBuilder<string> {
  readonly #pieces: Buffer[] = [];
  #bytes = '[""]'.length;

  async add(piece: Buffer): Promise<void> {
    this.#pieces.push(Buffer.from(piece));
    for (const byte of piece) this.#bytes += byte === ROW_SEPARATOR.byte ? '","'.length : jsonBytes(byte);
  }

  mostBytes(more: number): number {
    // Text without separators at most doubles, and a row is longer than what its separators add.
    return this.#bytes + 2 * more;
  }

  async end(): Promise<string> {
    return JSON.stringify(Buffer.concat(this.#pieces).toString().split(ROW_SEPARATOR.text));
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

/** How many bytes this byte takes in a JSON string. */
function jsonBytes(byte: number): number {
  if (byte < FIRST_PRINTABLE) return String.raw`\u001f`.length;
  return byte === QUOTE || byte === BACKSLASH ? 2 : 1;
}

/**
 * Has characters of one to four bytes, so that an equal result proves correct decoding. Its pieces become blocks of one
 * frame without a content size, as those of a batch do.
 */
const SAMPLE = ['["Bordeaux", "Rosé", ', '"\\u2013", "€", "🍷"]'];

/**
 * Compressed if the server can decompress a sample, otherwise plain. Snowflake documents the method, but only examples of
 * its format.
 *
 * @throws SnowflakeError if the session is no longer usable
 */
export async function chooseListBinding(session: QuerySession): Promise<ListBinding> {
  const text = ZSTD.begin();
  for (const piece of SAMPLE) await text.add(Buffer.from(piece));
  try {
    const [row] = await session.query(`SELECT ${DECOMPRESSED} AS SAMPLE`, [await text.end()]);
    return row?.['SAMPLE'] === SAMPLE.join('') ? ZSTD : PLAIN;
  } catch (error) {
    if (leavesSessionUsable(error)) return PLAIN;
    throw error;
  }
}
