import {
  DEAD_LETTER_ACTIONS,
  INGESTION_CHECKPOINTS,
  ORDER_ANALYTICS,
  RAW_EVENTS_STREAM,
  SALES_EVENTS_DLQ,
  type Table,
} from '../../tables.js';
import type { ViewDefinition } from '../../warehouse-schema.js';
import { checkpointTables, FIRST_TABLE, HYBRID_TABLE } from '../checkpoints/checkpoint-tables.js';
import {
  createHybridTable,
  hybridSteps,
  standardSteps,
  type ConditionalStep,
  type ExistingSchema,
} from './checkpoint-steps.js';
import { streamingGrants, streamingSteps } from '../../streaming/schema/streaming-steps.js';
import { addColumn, createTable, laterColumns, type SchemaStep } from './table-steps.js';

/** Incremented with every change of the steps; recorded in the comment of INGESTION_CHECKPOINTS. */
export const SCHEMA_VERSION = 2;

/** Where to create the tables. Snowflake upper-cases names unless they are in double quotes. */
export interface SchemaTarget {
  database: string;
  schema: string;
  /** The service's role, which must exist; without it nothing is granted. */
  role?: string | undefined;
  /** The warehouse that this role uses. */
  warehouse?: string | undefined;
  /** How checkpoints are kept; as they are if unset, and in standard tables if there are none. */
  checkpoints?: 'standard' | 'hybrid' | undefined;
  /** The number of standard checkpoint tables, 1 if unset. Existing ones beyond it stay. */
  checkpointTables?: number | undefined;
  /** Whether Snowpipe Streaming writes the tables. */
  streaming?: boolean | undefined;
  /** Created last, in order. */
  views?: readonly ViewDefinition[] | undefined;
}

/** The tables that a batch writes beside its checkpoints. */
export const EVENT_TABLES: readonly Table[] = [RAW_EVENTS_STREAM, SALES_EVENTS_DLQ];

/** The least privileges to write events. Creating a temporary table needs none. */
function privileges(checkpoints: readonly string[], isHybrid: boolean): (readonly [string, string])[] {
  // A checkpoint that changes its table is copied, and then deleted.
  const isMoved = !isHybrid && checkpoints.length > 1;
  const onCheckpoints = isMoved ? 'SELECT, INSERT, UPDATE, DELETE' : 'SELECT, INSERT, UPDATE';
  return [
    [RAW_EVENTS_STREAM.name, 'SELECT, INSERT'],
    [SALES_EVENTS_DLQ.name, 'SELECT, INSERT, UPDATE'],
    [DEAD_LETTER_ACTIONS.name, 'SELECT, INSERT'],
    ...checkpoints.map((table) => [table, onCheckpoints] as const),
  ];
}

/**
 * The steps to the target.
 *
 * @param existing what the schema has. If it is null, steps that depend on it are included, and say when they apply
 * @throws Error if a name is invalid
 */
export function planSchema(target: SchemaTarget, existing: ExistingSchema | null = null): SchemaStep[] {
  const database = identifier(target.database);
  const schema = `${database}.${identifier(target.schema)}`;
  const step = (what: string, sql: string, version = 1): SchemaStep => ({ version, what, sql });
  const tables = checkpointTables(target.checkpointTables ?? 1);
  const isHybrid = (target.checkpoints ?? formOf(existing)) === 'hybrid';
  const found = existing?.standard.map((name) => ({ ...INGESTION_CHECKPOINTS, name }));
  const checkpointSteps = isHybrid
    ? hybridSteps(schema, found ?? tables)
    : standardSteps(schema, tables, target.checkpoints !== undefined);
  const isNeeded = (each: ConditionalStep) => existing === null || each.isNeeded(existing);
  const [main = FIRST_TABLE, ...others] = isHybrid ? [HYBRID_TABLE] : tables.map(({ name }) => name);
  return [
    step('the schema', `CREATE SCHEMA IF NOT EXISTS ${schema}`),
    ...(isHybrid ? [createHybridTable(schema)] : []),
    ...EVENT_TABLES.map((table) => step(`the table ${table.name}`, createTable(schema, table))),
    step(`the table ${DEAD_LETTER_ACTIONS.name}`, createTable(schema, DEAD_LETTER_ACTIONS), 2),
    ...EVENT_TABLES.flatMap((table) => columnSteps(schema, table)).filter(isNeeded),
    ...checkpointSteps.filter(isNeeded),
    step(`the view ${ORDER_ANALYTICS.name}`, createOrderAnalytics(schema, 'if missing')),
    ...(target.streaming === true ? streamingSteps(schema).map(([what, sql]) => step(what, sql)) : []),
    ...grants(target, database, schema, [main, ...others], isHybrid).map((sql) => step('a grant', sql)),
    step(
      'the version',
      `COMMENT ON TABLE ${schema}.${main} IS 'caves-albert-ingestion, schema version ${SCHEMA_VERSION}'`,
    ),
    ...createViews(schema, target.views ?? []).map(([what, sql]) => step(what, sql)),
  ];
}

/** A table that is not altered needs no lock, and its definition keeps its age. */
function columnSteps(schema: string, table: Table): ConditionalStep[] {
  return laterColumns(table).map((column) => ({
    version: 1,
    what: `the column ${column.name} of ${table.name}`,
    onlyIf: 'it is missing',
    isNeeded: ({ columns }) => columns.get(table.name)?.includes(column.name) === false,
    sql: addColumn(schema, table, column),
  }));
}

function formOf(existing: ExistingSchema | null): 'standard' | 'hybrid' {
  return existing?.hasHybrid === true ? 'hybrid' : 'standard';
}

/** Hours are whole hours of UTC: in the session's time zone they would begin at half past for a reader in India. */
function createOrderAnalytics(schema: string, when: 'if missing' | 'again'): string {
  const view = `${schema}.${ORDER_ANALYTICS.name} (${ORDER_ANALYTICS.columns.join(', ')})`;
  const hour = "DATE_TRUNC('hour', CONVERT_TIMEZONE('UTC', INGESTION_TIME))";
  return `${when === 'again' ? `CREATE OR REPLACE VIEW ${view} COPY GRANTS` : `CREATE VIEW IF NOT EXISTS ${view}`} AS
SELECT ${hour},
       EVENT_CONTENT:sales_channel::VARCHAR,
       COUNT(*),
       SUM(TRY_TO_DECIMAL(EVENT_CONTENT:total_price::VARCHAR, 18, 2))
FROM ${schema}.${RAW_EVENTS_STREAM.name}
WHERE EVENT_TYPE = 'ORDER_CREATED'
GROUP BY ${hour}, EVENT_CONTENT:sales_channel::VARCHAR`;
}

function createViews(schema: string, views: readonly ViewDefinition[]): [what: string, sql: string][] {
  if (views.length === 0) return [];
  return [
    // One that an earlier release created has hours of the session's time zone.
    [`the view ${ORDER_ANALYTICS.name} again`, createOrderAnalytics(schema, 'again')],
    ['the schema of the views', `USE SCHEMA ${schema}`],
    ...views.map(({ name, sql }): [string, string] => [`the view ${name}`, sql]),
  ];
}

function grants(
  { role, warehouse, streaming }: SchemaTarget,
  database: string,
  schema: string,
  checkpoints: readonly string[],
  isHybrid: boolean,
): string[] {
  if (role === undefined) return [];
  const to = `TO ROLE ${identifier(role)}`;
  return [
    ...(warehouse === undefined ? [] : [`GRANT USAGE ON WAREHOUSE ${identifier(warehouse)} ${to}`]),
    `GRANT USAGE ON DATABASE ${database} ${to}`,
    `GRANT USAGE ON SCHEMA ${schema} ${to}`,
    ...privileges(checkpoints, isHybrid).map(
      ([name, granted]) => `GRANT ${granted} ON TABLE ${schema}.${name} ${to}`,
    ),
    ...(streaming === true ? streamingGrants(schema, to) : []),
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
