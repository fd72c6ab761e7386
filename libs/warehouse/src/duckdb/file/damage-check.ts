import type { DuckDBConnection } from '@duckdb/node-api';
import { FaultError } from '#pipeline';
import { TABLES } from '../../tables.js';

/** Small enough that a batch that waits for its turn does not notice: some 20 ms. */
const ROWS_A_PIECE = 20_480;

/** A connection that is nobody else's for the time of the call. */
type Exclusive = <T>(work: (connection: DuckDBConnection) => Promise<T>) => Promise<T>;

/**
 * Reads every value of every table once, in pieces. DuckDB compares a block's checksum only when it reads the block, and
 * commits to a file whose old blocks are damaged succeed.
 *
 * @throws what DuckDB throws for a damaged block
 */
export async function readEveryRow(exclusive: Exclusive): Promise<void> {
  for (const { name } of TABLES) {
    const last = await exclusive(async (connection) => {
      const reader = await connection.runAndReadAll(`SELECT coalesce(max(rowid), -1) FROM ${name}`);
      return Number(reader.getRowsJS()[0]?.[0]);
    });
    for (let from = 0, rows = ROWS_A_PIECE; from <= last;) {
      try {
        // A count would leave the values of a column unread.
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

/** DuckDB holds the large values of a piece all at once. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof FaultError && error.fault.code === 'DUCKDB_OUT_OF_MEMORY';
}
