import type { DuckDBConnection } from '@duckdb/node-api';
import { TABLES } from '../tables.js';

/** Small enough that a batch that waits for its turn does not notice: some 20 ms. */
const ROWS_A_PIECE = 20_480;

/** A connection that is nobody else's for the time of the call. */
type Exclusive = <T>(work: (connection: DuckDBConnection) => Promise<T>) => Promise<T>;

/**
 * Reads every row of every table once, in pieces. DuckDB compares a block's checksum only when it reads the block, and
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
    for (let from = 0; from <= last; from += ROWS_A_PIECE) {
      await exclusive((connection) =>
        connection.run(`SELECT count(COLUMNS(*)) FROM ${name} WHERE rowid BETWEEN $1 AND $2`, [
          from,
          from + ROWS_A_PIECE - 1,
        ]),
      );
    }
  }
}
