import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { compress as snappyCompress } from 'snappy';
import { leavesSessionUsable } from './snowflake-error.js';
import type { Session } from './session.js';

/** How the long lists of a batch, its events and dead letters, travel in a bind. */
export interface ListBind {
  /** The SQL that makes the list's JSON text of the bind. */
  sql: string;
  /** What is bound, of JSON as UTF-8. */
  of: (json: Buffer) => Promise<string>;
}

export const PLAIN: ListBind = { sql: '?', of: (json) => Promise.resolve(json.toString()) };

/** The text of a bind, and how the server makes the list of it again. */
function compressed(method: string, compress: (json: Buffer) => Promise<Buffer>): ListBind {
  return {
    sql: `DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), '${method}')`,
    of: async (json) => (await compress(json)).toString('base64'),
  };
}

/**
 * The driver goes over the text of a bind half a dozen times, to check, quote, compress (for nothing) and read it
 * again, and that was most of what an event cost this process. Of 627 bytes of list an event Zstandard makes 39 bytes
 * and Snappy 124, in about the same time.
 */
const COMPRESSED: readonly ListBind[] = [
  compressed('ZSTD', (json) =>
    promisify(zstdCompress)(json, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  ),
  compressed('SNAPPY', (json) => snappyCompress(json)),
];

/** Of characters of one to four bytes, so that an answer that equals it was read as it should be. */
const SAMPLE = '["Bordeaux", "Rosé", "\\u2013", "€", "🍷"]';

/**
 * Compressed where the server opens what we compress, plain elsewhere. Snowflake documents the methods, and of the
 * format only examples: its Snappy gives the same bytes as ours.
 *
 * @throws SnowflakeError if the session is of no use any more
 */
export async function chooseListBind(session: Session): Promise<ListBind> {
  for (const bind of COMPRESSED) if (await isOpened(session, bind)) return bind;
  return PLAIN;
}

async function isOpened(session: Session, { sql, of }: ListBind): Promise<boolean> {
  try {
    const [row] = await session.query(`SELECT ${sql} AS SAMPLE`, [await of(Buffer.from(SAMPLE))]);
    return row?.['SAMPLE'] === SAMPLE;
  } catch (error) {
    if (leavesSessionUsable(error)) return false;
    throw error;
  }
}
