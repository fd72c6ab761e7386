import { INGESTION_CHECKPOINTS } from '../../tables.js';
import type { SqlConnection } from '../connection/sql-connection.js';
import { isConflict } from './duckdb-fault.js';

const TABLE = INGESTION_CHECKPOINTS.name;
const BEGUN = /^caves-albert-ingestion, begun (\S+)$/;

/** Tells this file from any other by the time its checkpoints were begun, which the comment on their table holds. */
export async function warehouseIdentity(connection: SqlConnection): Promise<string> {
  for (;;) {
    const found = (await begun(connection)) ?? (await begin(connection));
    if (found !== null) return `DuckDB of ${found}`;
  }
}

/** Returns null if another owner begins concurrently: one of two transactions that alter the table fails. */
async function begin(connection: SqlConnection): Promise<string | null> {
  await connection.run('BEGIN');
  try {
    const found = await begun(connection);
    const at = found ?? new Date().toISOString();
    if (found === null)
      await connection.run(`COMMENT ON TABLE ${TABLE} IS 'caves-albert-ingestion, begun ${at}'`);
    await connection.run('COMMIT');
    return at;
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined);
    if (isConflict(error)) return null;
    throw error;
  }
}

async function begun(connection: SqlConnection): Promise<string | null> {
  const [row] = await connection.rows<{ comment: string | null }>(
    `SELECT comment FROM duckdb_tables()
     WHERE database_name = current_database() AND schema_name = 'main' AND table_name = $1`,
    [TABLE],
  );
  return BEGUN.exec(row?.comment ?? '')?.[1] ?? null;
}
