import { compress } from 'snappy';
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

/**
 * A quarter of the bytes. The driver goes over the text of a bind half a dozen times, to check, quote, compress (for
 * nothing) and read it again, and that is most of what an event costs this process.
 */
const COMPRESSED: ListBind = {
  sql: "DECOMPRESS_STRING(BASE64_DECODE_BINARY(?), 'SNAPPY')",
  of: async (json) => (await compress(json)).toString('base64'),
};

/** Of characters of one to four bytes, so that an answer that equals it was read as it should be. */
const SAMPLE = '["Bordeaux", "Rosé", "\\u2013", "€", "🍷"]';

/**
 * Compressed where the server opens what we compress, plain elsewhere: Snowflake's documentation shows values of
 * COMPRESS that are the same bytes as ours, and that is all that it says of the format.
 *
 * @throws SnowflakeError if the session is of no use any more
 */
export async function chooseListBind(session: Session): Promise<ListBind> {
  try {
    const bind = await COMPRESSED.of(Buffer.from(SAMPLE));
    const [row] = await session.query(`SELECT ${COMPRESSED.sql} AS SAMPLE`, [bind]);
    return row?.['SAMPLE'] === SAMPLE ? COMPRESSED : PLAIN;
  } catch (error) {
    if (leavesSessionUsable(error)) return PLAIN;
    throw error;
  }
}
