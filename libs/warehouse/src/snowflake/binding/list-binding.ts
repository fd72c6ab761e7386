import { once } from 'node:events';
import { constants, createZstdCompress } from 'node:zlib';
import { compress as snappyCompress } from 'snappy';
import { ROW_SEPARATOR } from './row-format.js';
import { leavesSessionUsable } from '../session/snowflake-error.js';

/** How the long lists of a batch, its events and dead letters, travel in a bind. */
export interface ListBinding {
  /** The SQL that makes an array of the bind: the texts of the list's rows. */
  sql: string;
  begin: () => ListText;
}

/** A list on its way into a bind, as UTF-8. */
export interface ListText {
  /** The piece's memory is no longer needed once this resolves. One after the other. */
  add(piece: Buffer): Promise<void>;
  /** What is bound. */
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
 * The driver goes over the text of a bind half a dozen times, to check, quote, compress (for nothing) and read it
 * again, and that was most of what an event cost this process. Zstandard makes less of a list than Snappy in about the
 * same time, and needs no list in one piece.
 */
const COMPRESSED = [
  compressed('ZSTD', () => new ZstdText()),
  compressed('SNAPPY', () => new WholeText(async (text) => (await snappyCompress(text)).toString('base64'))),
];

/** `opened` is the SQL that makes the list's text of the bind again. */
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

/** For what takes a list in one piece. */
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

/** Of characters of one to four bytes, so that an answer that equals it was read as it should be. */
const SAMPLE = '["Bordeaux", "Rosé", "\\u2013", "€", "🍷"]';

/**
 * Compressed where the server opens what we compress, plain elsewhere. Snowflake documents the methods, and of the
 * format only examples: its Snappy gives the same bytes as ours.
 *
 * @throws SnowflakeError if the session is of no use any more
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
