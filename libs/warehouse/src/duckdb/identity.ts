import type { DuckDBConnection } from '@duckdb/node-api';
import { INGESTION_CHECKPOINTS } from '../tables.js';

const TABLE = INGESTION_CHECKPOINTS.name;
const BEGUN = /^caves-albert-ingestion, begun (\S+)$/;

/** What tells this file from any other: when its checkpoints were begun, which the comment of their table says. */
export async function warehouseIdentity(connection: DuckDBConnection): Promise<string> {
  const found = await begun(connection);
  if (found !== null) return `DuckDB of ${found}`;
  await connection.run(
    `COMMENT ON TABLE ${TABLE} IS 'caves-albert-ingestion, begun ${new Date().toISOString()}'`,
  );
  return `DuckDB of ${String(await begun(connection))}`;
}

async function begun(connection: DuckDBConnection): Promise<string | null> {
  const reader = await connection.runAndReadAll(
    `SELECT comment FROM duckdb_tables()
     WHERE database_name = current_database() AND schema_name = 'main' AND table_name = $1`,
    [TABLE],
  );
  const [row] = reader.getRowsJS() as [string | null][];
  return BEGUN.exec(row?.[0] ?? '')?.[1] ?? null;
}
