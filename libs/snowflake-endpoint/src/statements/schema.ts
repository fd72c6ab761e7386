import { compilationError, objectMissing, sqlError } from '../errors.js';
import { STATEMENT_TYPE, type Result } from '../state/result.js';
import { compileQuery, runQuery } from '../sql/evaluation/query.js';
import type { ColumnDefinition, QualifiedName, Statement } from '../sql/parsing/syntax.js';
import { Table } from '../state/tables.js';
import type { Execution } from './execution.js';
import { done } from './rows.js';

export async function createTable(
  statement: Statement & { kind: 'create-table' },
  run: Execution,
): Promise<Result> {
  const { table: name, temporary, hybrid, primaryKey, orReplace, ifNotExists, like, query } = statement;
  const tables = temporary ? run.session.temporaryTables : run.catalog(name).tables;
  requireSchemaPrivilege(hybrid ? 'CREATE HYBRID TABLE' : 'CREATE TABLE', temporary, run);
  await run.hold();
  if (hybrid && !run.shared.hybridTables) {
    throw sqlError('unsupportedFeature', "Unsupported feature 'HYBRID TABLE'.");
  }
  if (hybrid && primaryKey.length === 0) throw compilationError('A hybrid table needs a primary key.');
  if (!temporary) refuseOther('VIEW', run.catalog(name).views, name);
  if (tables.has(name.name) && !orReplace) {
    if (ifNotExists) return ddl(`${name.name} already exists, statement succeeded.`);
    throw sqlError('objectExists', `SQL compilation error:\nObject '${name.name}' already exists.`);
  }
  const found = query === null ? null : runQuery(query, run);
  const table = new Table(
    name.name,
    columnsOf(statement, run, found?.columns),
    temporary,
    hybrid ? primaryKey : null,
  );
  if (like === null && found !== null) run.transaction.insert(table, found.rows);
  if (temporary) run.session.temporaryTables.set(name.name, table);
  else run.catalog(name).add(table);
  return ddl(`Table ${name.name} successfully created.`);
}

function columnsOf(
  { like, columns }: Statement & { kind: 'create-table' },
  run: Execution,
  selected: { name: string; type: ColumnDefinition['type'] }[] = [],
): ColumnDefinition[] {
  if (like !== null) return run.table(like).columns.map((column) => ({ ...column }));
  if (columns.length > 0) return columns;
  return selected.map(({ name, type }) => ({ name, type, nullable: true, default: null, defaultText: null }));
}

export async function createView(
  { view, query, columns, orReplace, ifNotExists }: Statement & { kind: 'create-view' },
  run: Execution,
): Promise<Result> {
  requireSchemaPrivilege('CREATE VIEW', false, run);
  await run.hold();
  const { views, tables } = run.catalog(view);
  refuseOther('TABLE', tables, view);
  if (views.has(view.name) && !orReplace && !ifNotExists) {
    throw sqlError('objectExists', `SQL compilation error:\nObject '${view.name}' already exists.`);
  }
  // Snowflake refuses a view of a missing table.
  compileQuery(query, run, null, new Map());
  if (!views.has(view.name) || orReplace) views.set(view.name, { query, columns });
  return ddl(`View ${view.name} successfully created.`);
}

export async function addColumns(
  { table: name, columns }: Statement & { kind: 'add-columns' },
  run: Execution,
): Promise<Result> {
  await run.hold();
  const table = run.table(name);
  for (const { ifNotExists, ...column } of columns) {
    const exists = table.columns.some((other) => other.name === column.name);
    if (exists && ifNotExists) continue;
    if (exists) {
      throw sqlError('objectExists', `SQL compilation error:\ncolumn '${column.name}' already exists`);
    }
    table.columns.push(column);
    for (const row of table.rows) row.push(null);
  }
  return ddl();
}

export async function dropColumns(
  { table: name, columns, ifExists }: Statement & { kind: 'drop-columns' },
  run: Execution,
): Promise<Result> {
  await run.hold();
  const table = run.table(name);
  for (const column of columns) {
    if (ifExists && !table.columns.some((other) => other.name === column)) continue;
    const index = table.indexOf(column);
    table.columns.splice(index, 1);
    for (const row of table.rows) row.splice(index, 1);
  }
  return ddl();
}

export async function drop(
  { what, name, ifExists }: Statement & { kind: 'drop' },
  run: Execution,
): Promise<Result> {
  await run.hold();
  const places = placesOf(what, name, run);
  if (what === 'VIEW') refuseOther('TABLE', run.catalog(name).tables, name);
  if (what === 'TABLE') refuseOther('VIEW', run.catalog(name).views, name);
  if (!places.some((place) => place.delete(name.name)) && !ifExists) throw objectMissing(name.name);
  return ddl(`${name.name} successfully dropped.`);
}

/** A schema has one object of a name, whatever its kind; IF [NOT] EXISTS does not help. */
function refuseOther(kind: string, others: ReadonlyMap<string, unknown>, { name }: QualifiedName): void {
  if (others.has(name)) throw compilationError(`Object '${name}' already exists as ${kind}`);
}

function placesOf(
  what: 'TABLE' | 'VIEW' | 'SCHEMA' | 'PIPE',
  name: QualifiedName,
  run: Execution,
): Map<string, unknown>[] {
  if (what === 'SCHEMA') return [run.shared.schemas];
  const { views, tables, pipes } = run.catalog(name);
  if (what === 'PIPE') return [pipes];
  return what === 'VIEW' ? [views] : [run.session.temporaryTables, tables];
}

export async function createSchema(
  { name: { parts, name }, ifNotExists }: Statement & { kind: 'create-schema' },
  run: Execution,
): Promise<Result> {
  const { shared, session } = run;
  const database = parts.at(-1) ?? session.database ?? '';
  if (database !== shared.catalog.database) throw objectMissing(database);
  if (shared.revoked.has('CREATE SCHEMA')) {
    throw sqlError(
      'insufficientPrivileges',
      `SQL access control error:\nInsufficient privileges to operate on database '${database}'`,
    );
  }
  await run.hold();
  if (!shared.schemas.has(name)) shared.createSchema(database, name);
  else if (!ifNotExists) {
    throw sqlError('objectExists', `SQL compilation error:\nObject '${name}' already exists.`);
  }
  return ddl(`Schema ${name} successfully created.`);
}

export async function record(_statement: Statement, run: Execution): Promise<Result> {
  await run.hold();
  return ddl();
}

export function ddl(message?: string): Result {
  return done(STATEMENT_TYPE.ddl, message);
}

export function requireSchemaPrivilege(
  privilege: string,
  temporary: boolean,
  { shared, session }: Execution,
): void {
  if (temporary || !shared.revoked.has(privilege)) return;
  throw sqlError(
    'insufficientPrivileges',
    `SQL access control error:\nInsufficient privileges to operate on schema '${session.schema ?? ''}'`,
  );
}
