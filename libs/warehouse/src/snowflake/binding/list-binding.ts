import { once } from 'node:events';
import { constants, createZstdCompress } from 'node:zlib';
import { compress as snappyCompress } from 'snappy';
import { ROW_SEPARATOR } from './row-format.js';
import { leavesSessionUsable } from '../session/snowflake-error.js';

/** How the long lists of a batch, its events and dead letters, are encoded in a bind. */
export interface ListBinding {
  /** The SQL that converts the bind to an array of the rows' texts. */
  sql: string;
  begin: () => ListText;
}

/** Builds a bind from the UTF-8 of a list. */
export interface ListText {
  /** The piece's memory may be reused once this resolves. Calls must not overlap. */
  add(piece: Buffer): Promise<void>;
  /** Returns the bind. */
  end(): Promise<string>;
}

/** A session, as far as the choice of a binding needs it. */
interface QuerySession {
  query(sql: string, binds: string[]): Promise<Record<string, unknown>[]>;
}

/** As JSON, which every server opens. */
export const PLAIN: ListBinding = {
  sql: 'PARSE_JSON(?)',
  begin: () => new WholeText(async (text) => JSON.stringify(text.toString().split(ROW_SEPARATOR.text))),
};

/**
 * The driver passes over the text of a bind half a dozen times, to check, quote, compress (in vain) and reread it, which
 * was most of the cost of an event in this process. Zstandard compresses better than Snappy in about the same time, and
 * can stream.
 */
const COMPRESSED = [
  compressed('ZSTD', () => new ZstdText()),
  compressed('SNAPPY', () => new WholeText(async (text) => (await snappyCompress(text)).toString('base64'))),
];

/** `opened` is the SQL that restores the list's text from the bind. */
function compressed(method: string, begin: () => ListText): ListBinding & { opened: string } {
  const opened = `DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), '${method}')`;
  return { opened, sql: `SPLIT(${opened}, ${ROW_SEPARATOR.sql})`, begin };
}

class ZstdText implements ListText {
  readonly #stream = createZstdCompress({
    chunkSize: 64 * 1024,
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  readonly #compressed: Buffer[] = [];

  constructor() {
    this.#stream.on('data', (part: Buffer) => {
      this.#compressed.push(part);
    });
  }

  async add(piece: Buffer): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#stream.write(piece, (error) => {
      if (error) reject(error);
      else resolve(undefined);
    });
    await promise;
  }

  async end(): Promise<string> {
    this.#stream.end();
    await once(this.#stream, 'end');
    return Buffer.concat(this.#compressed).toString('base64');
  }
}

/** For encodings that need the list in one piece. */
class WholeText implements ListText {
  readonly #pieces: Buffer[] = [];

  constructor(private readonly bind: (text: Buffer) => Promise<string>) {}

  async add(piece: Buffer): Promise<void> {
    this.#pieces.push(Buffer.from(piece));
  }

  end(): Promise<string> {
    return this.bind(Buffer.concat(this.#pieces));
  }
}

/** Has characters of one to four bytes, so that an equal result proves correct decoding. */
const SAMPLE = '["Bordeaux", "Rosé", "\\u2013", "€", "🍷"]';

/**
 * Compressed if the server can decompress a sample, otherwise plain. Snowflake documents the methods, but only examples
 * of their formats: its Snappy produces the same bytes as ours.
 *
 * @throws SnowflakeError if the session is no longer usable
 */
export async function chooseListBinding(session: QuerySession): Promise<ListBinding> {
  for (const bind of COMPRESSED) if (await isOpened(session, bind)) return bind;
  return PLAIN;
}

async function isOpened(
  session: QuerySession,
  { opened, begin }: (typeof COMPRESSED)[number],
): Promise<boolean> {
  const text = begin();
  await text.add(Buffer.from(SAMPLE));
  try {
    const [row] = await session.query(`SELECT ${opened} AS SAMPLE`, [await text.end()]);
    return row?.['SAMPLE'] === SAMPLE;
  } catch (error) {
    if (leavesSessionUsable(error)) return false;
    throw error;
  }
}
