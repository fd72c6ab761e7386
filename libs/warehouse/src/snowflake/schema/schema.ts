import {
  INGESTION_CHECKPOINTS,
  ORDER_ANALYTICS,
  RAW_EVENTS_STREAM,
  SALES_EVENTS_DLQ,
  TABLES,
  type Column,
  type ColumnKind,
  type Table,
} from '../../tables.js';
import { checkpointTables } from '../checkpoints/checkpoint-tables.js';
import type { SessionOptions } from '../session/session-options.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { SENTINEL } from '../writing/statements.js';

/** Incremented with every change of the steps; recorded in the comment of INGESTION_CHECKPOINTS. */
export const SCHEMA_VERSION = 1;

/** Where to create the tables. Snowflake upper-cases names unless they are in double quotes. */
export interface SchemaTarget {
  database: string;
  schema: string;
  /** The service's role, which must exist; without it nothing is granted. */
  role?: string | undefined;
  /** The warehouse that this role uses. */
  warehouse?: string | undefined;
  /** The number of checkpoint tables, 1 if unset. Existing ones beyond it stay. */
  checkpointTables?: number | undefined;
  /** Created last, in order. */
  views?: readonly ViewDefinition[] | undefined;
}

/** A view for analysts. Its statement names tables without a schema. */
export interface ViewDefinition {
  name: string;
  /** One CREATE OR REPLACE VIEW, without a semicolon at its end. */
  sql: string;
}

/** One statement. All of them can be repeated: what exists stays unchanged. */
export interface SchemaStep {
  /** The schema version that introduced it. */
  version: number;
  what: string;
  sql: string;
}

/** The least privileges to write events. Creating a temporary table needs none. */
function privileges(checkpoints: readonly Table[]): (readonly [Table, string])[] {
  // A checkpoint that changes its table is copied, and then deleted.
  const onCheckpoints = checkpoints.length > 1 ? 'SELECT, INSERT, UPDATE, DELETE' : 'SELECT, INSERT, UPDATE';
  return [
    [RAW_EVENTS_STREAM, 'SELECT, INSERT'],
    [SALES_EVENTS_DLQ, 'SELECT, INSERT, UPDATE'],
    ...checkpoints.map((table) => [table, onCheckpoints] as const),
  ];
}

/** @throws Error if a name is invalid */
export function planSchema(target: SchemaTarget): SchemaStep[] {
  const database = identifier(target.database);
  const schema = `${database}.${identifier(target.schema)}`;
  const step = (what: string, sql: string): SchemaStep => ({ version: 1, what, sql });
  const checkpoints = checkpointTables(target.checkpointTables ?? 1);
  const tables = [...TABLES, ...checkpoints.slice(1)];
  return [
    step('the schema', `CREATE SCHEMA IF NOT EXISTS ${schema}`),
    ...tables.map((table) => step(`the table ${table.name}`, createTable(schema, table))),
    ...tables.flatMap((table) => addColumns(schema, table)).map((sql) => step('a column', sql)),
    ...checkpoints.map((table) =>
      step(`the row that takes the lock of ${table.name}`, insertSentinel(schema, table)),
    ),
    step(`the view ${ORDER_ANALYTICS.name}`, createOrderAnalytics(schema)),
    ...grants(target, database, schema, checkpoints).map((sql) => step('a grant', sql)),
    step(
      'the version',
      `COMMENT ON TABLE ${schema}.${INGESTION_CHECKPOINTS.name} IS 'caves-albert-ingestion, schema version ${SCHEMA_VERSION}'`,
    ),
    ...createViews(schema, target.views ?? []).map(([what, sql]) => step(what, sql)),
  ];
}

/** The plan as a script to read, and to run in a worksheet. */
export function schemaScript(steps: readonly SchemaStep[]): string {
  return steps.map(({ what, sql }) => `-- ${what}\n${sql};\n`).join('\n');
}

/**
 * Runs the plan, as a role that may create tables and grant.
 *
 * @param done called after each step
 * @throws SnowflakeError, FaultError; see `toFault`
 */
export async function applySchema(
  options: SessionOptions,
  target: SchemaTarget,
  done: (step: SchemaStep) => void = () => undefined,
): Promise<void> {
  const session = await SnowflakeSession.open(options);
  try {
    for (const step of planSchema(target)) {
      await session.execute(step.sql);
      await session.execute('COMMIT');
      done(step);
    }
  } finally {
    await session.end();
  }
}

/** Snowflake's column types for CREATE TABLE. */
const TYPES: Record<ColumnKind, string> = {
  text: 'VARCHAR',
  integer: 'INTEGER',
  json: 'VARIANT',
  object: 'OBJECT',
  timestamp: 'TIMESTAMP_LTZ',
};

export function columnType({ kind, length }: Column): string {
  return length === undefined ? TYPES[kind] : `${TYPES[kind]}(${length})`;
}

function createTable(schema: string, { name, columns }: Table): string {
  const definitions = columns.map((column) => {
    const rules = `${column.required ? ' NOT NULL' : ''}${column.insertedAt === true ? ' DEFAULT CURRENT_TIMESTAMP()' : ''}`;
    return `  "${column.name}" ${columnType(column)}${rules}`;
  });
  return `CREATE TABLE IF NOT EXISTS ${schema}.${name} (\n${definitions.join(',\n')}\n)`;
}

/** Adds the columns that a table of an earlier plan lacks. */
function addColumns(schema: string, { name, columns }: Table): string[] {
  return columns
    .filter(({ filledLater }) => filledLater === true)
    .map(
      (column) =>
        `ALTER TABLE ${schema}.${name} ADD COLUMN IF NOT EXISTS "${column.name}" ${columnType(column)}`,
    );
}

function insertSentinel(schema: string, { name: tableName }: Table): string {
  const table = `${schema}.${tableName}`;
  const { group, topic, partition } = SENTINEL;
  const values = INGESTION_CHECKPOINTS.columns.map(({ name, kind }) => {
    if (name === 'CONSUMER_GROUP') return `'${group}'`;
    if (name === 'TOPIC') return `'${topic}'`;
    if (name === 'PARTITION') return String(partition);
    return kind === 'timestamp' ? 'CURRENT_TIMESTAMP()' : '0';
  });
  const names = INGESTION_CHECKPOINTS.columns.map(({ name }) => `"${name}"`).join(', ');
  return `INSERT INTO ${table} (${names})
SELECT ${values.join(', ')}
WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE CONSUMER_GROUP = '${group}' AND TOPIC = '${topic}')`;
}

function createOrderAnalytics(schema: string): string {
  return `CREATE VIEW IF NOT EXISTS ${schema}.${ORDER_ANALYTICS.name} (${ORDER_ANALYTICS.columns.join(', ')}) AS
SELECT DATE_TRUNC('hour', INGESTION_TIME),
       EVENT_CONTENT:sales_channel::VARCHAR,
       COUNT(*),
       SUM(TRY_TO_DECIMAL(EVENT_CONTENT:total_price::VARCHAR, 18, 2))
FROM ${schema}.${RAW_EVENTS_STREAM.name}
WHERE EVENT_TYPE = 'ORDER_CREATED'
GROUP BY DATE_TRUNC('hour', INGESTION_TIME), EVENT_CONTENT:sales_channel::VARCHAR`;
}

function createViews(schema: string, views: readonly ViewDefinition[]): [what: string, sql: string][] {
  if (views.length === 0) return [];
  return [
    ['the schema of the views', `USE SCHEMA ${schema}`],
    ...views.map(({ name, sql }): [string, string] => [`the view ${name}`, sql]),
  ];
}

function grants(
  { role, warehouse }: SchemaTarget,
  database: string,
  schema: string,
  checkpoints: readonly Table[],
): string[] {
  if (role === undefined) return [];
  const to = `TO ROLE ${identifier(role)}`;
  return [
    ...(warehouse === undefined ? [] : [`GRANT USAGE ON WAREHOUSE ${identifier(warehouse)} ${to}`]),
    `GRANT USAGE ON DATABASE ${database} ${to}`,
    `GRANT USAGE ON SCHEMA ${schema} ${to}`,
    ...privileges(checkpoints).map(
      ([{ name }, granted]) => `GRANT ${granted} ON TABLE ${schema}.${name} ${to}`,
    ),
  ];
}

/** https://docs.snowflake.com/en/sql-reference/identifiers-syntax */
const IDENTIFIER = /^([a-z_][a-z\d_$]{0,254}|"([^"]|""){1,255}")$/i;

function identifier(name: string): string {
  if (IDENTIFIER.test(name)) return name;
  throw new Error(
    `${JSON.stringify(name)} is not a valid Snowflake name: use letters, digits, _ and $, or double quotes around it`,
  );
}
