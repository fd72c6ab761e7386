import { INGESTION_CHECKPOINTS, type Table } from '../../tables.js';
import { FIRST_TABLE, HYBRID_TABLE } from '../checkpoints/checkpoint-tables.js';
import { SENTINEL, takeLockOf } from '../checkpoints/checkpoint-statements.js';
import { columnDefinitions, createTable, type SchemaStep } from './table-steps.js';

/** What a schema has. */
export interface ExistingSchema {
  /** The standard tables with checkpoints. */
  standard: readonly string[];
  /** Whether there is a hybrid table with checkpoints. */
  hasHybrid: boolean;
  /** The columns of the tables for events, by table. */
  columns: ReadonlyMap<string, readonly string[]>;
}

/** Each batch leaves another version of the table, and Time Travel would keep them for up to 90 days. */
const RETENTION = '\nDATA_RETENTION_TIME_IN_DAYS = 1';

/** A step that is left out unless the schema has what it is about. */
export interface ConditionalStep extends SchemaStep {
  isNeeded: (existing: ExistingSchema) => boolean;
}

/** How long a move waits for the rows that a batch holds. */
const WAIT_SECONDS = 60;

const NAMES = INGESTION_CHECKPOINTS.columns.map(({ name }) => `"${name}"`).join(', ');

/**
 * The steps to checkpoints in a hybrid table, wherever they are now.
 *
 * One transaction moves every row: an interruption leaves them all where they were, or all where they belong. It deletes
 * the row of each lock too, and waits for whoever holds one, so that a process that knows the old tables fails instead of
 * beginning a second ledger there. The view takes the old name: queries continue, and nobody can create that table again.
 *
 * @param tables standard tables that may exist
 */
export function hybridSteps(schema: string, tables: readonly Table[]): ConditionalStep[] {
  const hybrid = `${schema}.${HYBRID_TABLE}`;
  const standard = tables.map(({ name }) => name);
  const forEach = (step: (name: string, table: string) => ConditionalStep): ConditionalStep[] =>
    standard.map((name) => step(name, `${schema}.${name}`));
  const ifTable = (name: string) => ({
    onlyIf: `${name} is a table`,
    isNeeded: ({ standard: existing }: ExistingSchema) => existing.includes(name),
  });
  const ifAny = {
    onlyIf: `${FIRST_TABLE} is a table`,
    isNeeded: ({ standard: existing }: ExistingSchema) => existing.length > 0,
  };
  const moving = { version: 1, what: 'the move of the checkpoints', isInTransaction: true } as const;
  return [
    { ...moving, ...ifAny, sql: 'BEGIN TRANSACTION' },
    ...forEach((name, table) => ({
      ...moving,
      ...ifTable(name),
      sql: takeLockOf(table).trim(),
    })),
    ...forEach((name, table) => ({ ...moving, ...ifTable(name), sql: copyGroups(table, hybrid) })),
    ...forEach((name, table) => ({ ...moving, ...ifTable(name), sql: copyBeginning(table, hybrid) })),
    { ...moving, ...ifAny, sql: insertSentinel(schema, HYBRID_TABLE) },
    ...forEach((name, table) => ({ ...moving, ...ifTable(name), sql: `DELETE FROM ${table}` })),
    { version: 1, what: 'the move of the checkpoints', ...ifAny, sql: 'COMMIT' },
    ...forEach((name, table) => ({
      version: 1,
      what: `the end of the table ${name}`,
      ...ifTable(name),
      sql: `DROP TABLE ${table}`,
    })),
    always(`the row that takes the lock of ${HYBRID_TABLE}`, insertSentinel(schema, HYBRID_TABLE)),
    always(
      `the view ${FIRST_TABLE}`,
      `CREATE VIEW IF NOT EXISTS ${schema}.${FIRST_TABLE} AS SELECT ${NAMES} FROM ${hybrid}`,
    ),
  ];
}

/** The only step that some accounts refuse, so it comes before all others. */
export function createHybridTable(schema: string): SchemaStep {
  const columns = columnDefinitions(INGESTION_CHECKPOINTS.columns);
  return {
    version: 1,
    what: `the hybrid table ${HYBRID_TABLE}`,
    sql: `CREATE HYBRID TABLE IF NOT EXISTS ${schema}.${HYBRID_TABLE} (
${columns.join(',\n')},
  PRIMARY KEY ("CONSUMER_GROUP", "TOPIC", "PARTITION")
)`,
  };
}

/**
 * The steps to checkpoints in standard tables, wherever they are now; see {@link hybridSteps}. All rows go to the first
 * table; claims bring them to the others.
 *
 * @param isMove whether to include what a hybrid table needs
 */
export function standardSteps(schema: string, tables: readonly Table[], isMove: boolean): ConditionalStep[] {
  const hybrid = `${schema}.${HYBRID_TABLE}`;
  const first = `${schema}.${FIRST_TABLE}`;
  const ifHybrid = {
    onlyIf: `${HYBRID_TABLE} exists`,
    isNeeded: ({ hasHybrid }: ExistingSchema) => hasHybrid,
  };
  const moving = { version: 1, what: 'the move of the checkpoints', ...ifHybrid } as const;
  const inTransaction = [
    'BEGIN TRANSACTION',
    `SELECT NEXT_OFFSET FROM ${hybrid} FOR UPDATE WAIT ${WAIT_SECONDS}`,
    copyGroups(hybrid, first),
    copyBeginning(hybrid, first),
    insertSentinel(schema, FIRST_TABLE),
    `DELETE FROM ${hybrid}`,
  ];
  const move: ConditionalStep[] = [
    {
      ...moving,
      what: 'the session',
      sql: `ALTER SESSION SET HYBRID_TABLE_LOCK_TIMEOUT = ${WAIT_SECONDS}, READ_LATEST_WRITES = TRUE`,
    },
    ...inTransaction.map((sql): ConditionalStep => ({ ...moving, sql, isInTransaction: true })),
    { ...moving, sql: 'COMMIT' },
    { ...moving, what: `the end of the hybrid table ${HYBRID_TABLE}`, sql: `DROP TABLE ${hybrid}` },
  ];
  const dropView: ConditionalStep = {
    version: 1,
    what: `the end of the view ${FIRST_TABLE}`,
    onlyIf: `${FIRST_TABLE} is a view`,
    isNeeded: ({ standard, hasHybrid }) => hasHybrid && !standard.includes(FIRST_TABLE),
    sql: `DROP VIEW IF EXISTS ${first}`,
  };
  return [
    ...(isMove ? [dropView] : []),
    ...tables.map((table) => always(`the table ${table.name}`, createTable(schema, table, RETENTION))),
    ...(isMove ? move : []),
    ...tables.map(({ name }) =>
      always(`the row that takes the lock of ${name}`, insertSentinel(schema, name)),
    ),
  ];
}

function always(what: string, sql: string): ConditionalStep {
  return { version: 1, what, sql, isNeeded: () => true };
}

/** Every consumer group's checkpoints. */
function copyGroups(from: string, to: string): string {
  return `INSERT INTO ${to} (${NAMES})
SELECT ${NAMES} FROM ${from} WHERE CONSUMER_GROUP <> '${SENTINEL.group}'`;
}

/** The time at which the checkpoints were begun, unless the other table has it. */
function copyBeginning(from: string, to: string): string {
  const ofBeginning = `CONSUMER_GROUP = '${SENTINEL.group}' AND TOPIC <> '${SENTINEL.topic}'`;
  return `INSERT INTO ${to} (${NAMES})
SELECT ${NAMES} FROM ${from} WHERE ${ofBeginning}
  AND NOT EXISTS (SELECT 1 FROM ${to} WHERE ${ofBeginning})`;
}

function insertSentinel(schema: string, tableName: string): string {
  const table = `${schema}.${tableName}`;
  const { group, topic, partition } = SENTINEL;
  const values = INGESTION_CHECKPOINTS.columns.map(({ name, kind }) => {
    if (name === 'CONSUMER_GROUP') return `'${group}'`;
    if (name === 'TOPIC') return `'${topic}'`;
    if (name === 'PARTITION') return String(partition);
    return kind === 'timestamp' ? 'CURRENT_TIMESTAMP()' : '0';
  });
  return `INSERT INTO ${table} (${NAMES})
SELECT ${values.join(', ')}
WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE CONSUMER_GROUP = '${group}' AND TOPIC = '${topic}')`;
}
