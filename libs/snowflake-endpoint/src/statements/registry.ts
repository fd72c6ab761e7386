import type { Result } from '../state/result.js';
import type { Session } from '../state/sessions.js';
import type { Query, Statement } from '../sql/parsing/syntax.js';
import { deleteRows, selectForUpdate, truncate, update } from './change.js';
import type { Execution } from './execution.js';
import { insert } from './insert.js';
import { createPipe } from './pipes.js';
import { addColumns, createSchema, createTable, createView, drop, dropColumns, record } from './schema.js';
import { alterSession, select, use } from './session.js';
import { describe, show } from './show.js';

/** The warehouse itself handles statements that begin and end transactions. */
export type Runnable = Exclude<Statement, { kind: 'begin' | 'commit' | 'rollback' }>;

export async function execute(statement: Runnable, run: Execution): Promise<Result> {
  switch (statement.kind) {
    case 'select':
      return select(statement, run);
    case 'select-for-update':
      return selectForUpdate(statement, run);
    case 'insert':
      return insert(statement, run);
    case 'update':
      return update(statement, run);
    case 'delete':
      return deleteRows(statement, run);
    case 'truncate':
      return truncate(statement, run);
    case 'create-schema':
      return createSchema(statement, run);
    case 'create-table':
      return createTable(statement, run);
    case 'create-view':
      return createView(statement, run);
    case 'create-pipe':
      return createPipe(statement, run);
    case 'add-columns':
      return addColumns(statement, run);
    case 'drop-columns':
      return dropColumns(statement, run);
    case 'drop':
      return drop(statement, run);
    case 'alter-session':
      return alterSession(statement, run);
    case 'use':
      return use(statement, run);
    case 'show':
      return show(statement, run);
    case 'describe':
      return describe(statement, run);
    case 'recorded':
      return record(statement, run);
  }
}

/** DDL commits the open transaction, and runs in one of its own. */
export function isDdl({ kind }: Statement): boolean {
  return [
    'create-schema',
    'create-table',
    'create-view',
    'create-pipe',
    'add-columns',
    'drop-columns',
    'drop',
    'recorded',
  ].includes(kind);
}

export function isDml({ kind }: Statement): boolean {
  return ['insert', 'update', 'delete', 'truncate'].includes(kind);
}

/** Whether the statement needs a warehouse, and not just Snowflake's cloud services. */
export function needsWarehouse(statement: Statement): boolean {
  if (statement.kind === 'select') return tablesOf(statement.query).length > 0;
  return isDml(statement) || statement.kind === 'select-for-update';
}

/**
 * The name of a statement in tests, counters and the journal: its verb and its table, as in `insert RAW_EVENTS_STREAM`.
 * Writing to a temporary table is `stage`, whatever the table's name.
 */
export function nameOf(statement: Statement, session: Session): string {
  const isTemporary = (name: string) => session.temporaryTables.has(name);
  switch (statement.kind) {
    case 'select': {
      const [table] = tablesOf(statement.query);
      return table === undefined ? 'select' : `select ${table}`;
    }
    case 'select-for-update':
      return `lock ${tablesOf(statement.query).join()}`;
    case 'insert':
    case 'update':
    case 'delete':
    case 'truncate': {
      const { name } = statement.table;
      return isTemporary(name) && statement.kind === 'insert' ? 'stage' : `${statement.kind} ${name}`;
    }
    case 'create-schema':
      return 'create schema';
    case 'create-table':
      return statement.temporary ? 'create temporary table' : `create table ${statement.table.name}`;
    case 'create-view':
      return `create view ${statement.view.name}`;
    case 'create-pipe':
      return `create pipe ${statement.pipe.name}`;
    case 'add-columns':
    case 'drop-columns':
      return `alter table ${statement.table.name}`;
    case 'drop':
      return `drop ${statement.what.toLowerCase()} ${statement.name.name}`;
    case 'describe':
      return `describe ${statement.name.name}`;
    case 'alter-session':
      return 'alter session';
    case 'show':
    case 'use':
      return `${statement.kind} ${statement.what.toLowerCase()}`;
    case 'recorded':
      return statement.verb;
    case 'begin':
    case 'commit':
    case 'rollback':
      return statement.kind;
  }
}

/** The tables of the outermost FROM clause, including those of its subqueries. */
function tablesOf({ selects, with: shared }: Query): string[] {
  return selects.flatMap(({ from }) =>
    from.flatMap(({ source }) => {
      if (source.kind === 'query') return tablesOf(source.query);
      if (source.kind !== 'table') return [];
      const { name } = source.name;
      const named = shared.find((candidate) => candidate.name === name);
      return named === undefined ? [name] : tablesOf(named.query);
    }),
  );
}
