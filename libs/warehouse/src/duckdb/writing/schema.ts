import type { Fault } from '#pipeline';
import {
  ALL_TABLES,
  INGESTION_CHECKPOINTS,
  ORDER_ANALYTICS,
  RAW_EVENTS_STREAM,
  type Column,
  type ColumnKind,
  type Table,
} from '../../tables.js';
import type { SqlConnection } from '../connection/sql-connection.js';

/** DuckDB's types as its catalog names them. JSON is text that DuckDB validates and keeps unchanged. */
const TYPES: Record<ColumnKind, string> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  json: 'JSON',
  object: 'JSON',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
};

/**
 * Creates missing tables, adds the columns for later updates that older tables lack, and checks all tables. Unknown
 * columns are fine as long as an insert may leave them out.
 *
 * @returns every difference as a fault
 */
export async function prepareSchema(connection: SqlConnection): Promise<Fault[]> {
  for (const table of ALL_TABLES) {
    await connection.run(createTable(table));
    await addColumns(connection, table);
  }
  const differences = (await Promise.all(ALL_TABLES.map((table) => compare(connection, table)))).flat();
  if (differences.length === 0) await connection.run(createOrderAnalytics('CREATE VIEW IF NOT EXISTS'));
  return differences.map((message) => ({
    class: 'setup',
    code: 'DUCKDB_SCHEMA',
    message,
    remedy: 'Change the column, or rename the table and restart the service, which creates missing tables',
  }));
}

function createTable(table: Table): string {
  const parts = table.columns.map(columnDefinition);
  // Settles the race of two first owners of a partition.
  if (table === INGESTION_CHECKPOINTS) parts.push('PRIMARY KEY ("CONSUMER_GROUP", "TOPIC", "PARTITION")');
  return `CREATE TABLE IF NOT EXISTS "${table.name}" (${parts.join(', ')})`;
}

async function addColumns(connection: SqlConnection, table: Table): Promise<void> {
  const names = new Set((await foundColumns(connection, table.name)).map(({ name }) => name.toUpperCase()));
  for (const column of table.columns) {
    if (column.filledLater !== true || names.has(column.name)) continue;
    await connection.run(`ALTER TABLE "${table.name}" ADD COLUMN IF NOT EXISTS ${columnDefinition(column)}`);
  }
}

function columnDefinition({ name, kind, required, insertedAt }: Column): string {
  const isJson = kind === 'json' || kind === 'object';
  return [
    `"${name}" ${TYPES[kind]}`,
    ...(required ? ['NOT NULL'] : []),
    ...(insertedAt === true ? ['DEFAULT now()'] : []),
    // A file in an older format ignores it.
    ...(isJson && required ? ['USING COMPRESSION zstd'] : []),
  ].join(' ');
}

/** Hours are whole hours of UTC, whatever the session's time zone. */
export function createOrderAnalytics(create: 'CREATE VIEW IF NOT EXISTS' | 'CREATE OR REPLACE VIEW'): string {
  return `${create} ${ORDER_ANALYTICS.name} (${ORDER_ANALYTICS.columns.join(', ')}) AS
SELECT date_trunc('hour', timezone('UTC', INGESTION_TIME)),
       EVENT_CONTENT->>'$.sales_channel',
       count(*),
       sum(TRY_CAST(EVENT_CONTENT->>'$.total_price' AS DECIMAL(18, 2)))
FROM ${RAW_EVENTS_STREAM.name}
WHERE EVENT_TYPE = 'ORDER_CREATED'
GROUP BY ALL`;
}

interface FoundColumn {
  name: string;
  type: string;
  nullable: boolean;
  hasDefault: boolean;
}

async function compare(connection: SqlConnection, table: Table): Promise<string[]> {
  const found = await foundColumns(connection, table.name);
  const differences = table.columns.flatMap((column) => {
    const match = found.find(({ name }) => name.toUpperCase() === column.name);
    return match === undefined
      ? [`${table.name} has no column ${column.name} (${TYPES[column.kind]})`]
      : differencesOf(column, match).map((difference) => `${table.name}.${column.name} ${difference}`);
  });
  const known = new Set<string>(table.columns.map(({ name }) => name));
  const inTheWay = found
    .filter(({ name, nullable, hasDefault }) => !known.has(name.toUpperCase()) && !nullable && !hasDefault)
    .map(({ name }) => `${table.name}.${name} is unknown to the service, is NOT NULL and has no default`);
  return [...differences, ...inTheWay];
}

function differencesOf(column: Column, found: FoundColumn): string[] {
  const differences: string[] = [];
  const type = TYPES[column.kind];
  if (found.type !== type) differences.push(`is of type ${found.type}, and must be ${type}`);
  if (!found.nullable && !column.required) differences.push('is NOT NULL, and must allow NULL');
  if (column.insertedAt === true && !found.hasDefault)
    differences.push('has no default, and must have now()');
  return differences;
}

async function foundColumns(connection: SqlConnection, table: string): Promise<FoundColumn[]> {
  return connection.rows<FoundColumn>(
    `SELECT column_name AS name, data_type AS type, is_nullable AS nullable, column_default IS NOT NULL AS "hasDefault"
     FROM duckdb_columns()
     WHERE database_name = current_database() AND schema_name = 'main' AND upper(table_name) = $1`,
    [table],
  );
}
