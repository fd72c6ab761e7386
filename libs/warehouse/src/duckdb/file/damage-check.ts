import { FaultError } from '#pipeline';
import { ALL_TABLES } from '../../tables.js';
import type { SqlConnection } from '../connection/sql-connection.js';

/** Small enough not to delay a waiting batch noticeably: about 20 ms. */
const ROWS_A_PIECE = 20_480;

/** Gives the work exclusive use of a connection. */
type Exclusive = <T>(work: (connection: SqlConnection) => Promise<T>) => Promise<T>;

/**
 * Reads every value of every table once, in pieces. DuckDB verifies a block's checksum only when it reads the block;
 * commits to a file with damaged older blocks succeed.
 *
 * @throws what DuckDB throws for a damaged block
 */
export async function readEveryRow(exclusive: Exclusive): Promise<void> {
  for (const { name } of ALL_TABLES) {
    const last = await exclusive(async (connection) => {
      const [row] = await connection.rows<{ last: string }>(
        `SELECT coalesce(max(rowid), -1) AS last FROM ${name}`,
      );
      return Number(row?.last);
    });
    for (let from = 0, rows = ROWS_A_PIECE; from <= last;) {
      try {
        // A count would not read the values.
        await exclusive((connection) =>
          connection.run(`SELECT bit_xor(hash(COLUMNS(*))) FROM ${name} WHERE rowid BETWEEN $1 AND $2`, [
            from,
            from + rows - 1,
          ]),
        );
        from += rows;
      } catch (error) {
        if (rows === 1 || !isOutOfMemory(error)) throw error;
        rows = Math.ceil(rows / 8);
      }
    }
  }
}

/** DuckDB holds all large values of a piece in memory at once. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof FaultError && error.fault.code === 'DUCKDB_OUT_OF_MEMORY';
}
