import { compilationError } from '../errors.js';
import { STATEMENT_TYPE, type Result } from '../state/result.js';
import type { Compile } from '../sql/evaluation/compile.js';
import { compileIn, compileQuery, runQuery } from '../sql/evaluation/query.js';
import type { Frame } from '../sql/evaluation/scope.js';
import { frameOf, Scope } from '../sql/evaluation/scope.js';
import { compileJoins } from '../sql/evaluation/joins.js';
import type { Assignment, Expression, Join, QualifiedName, Statement } from '../sql/parsing/syntax.js';
import type { Row, Table } from '../state/tables.js';
import type { Execution } from './execution.js';
import { changed, fit } from './rows.js';

/** A row that a statement may change, as stored and as the statement sees it. */
interface Target {
  stored: Row;
  seen: Row;
}

/** A target that satisfies the statement's condition, with the joined rows that do. */
interface Hit {
  target: Target;
  frames: Frame[];
}

type Match = (targets: readonly Target[]) => Hit[];

export async function update(statement: Statement & { kind: 'update' }, run: Execution): Promise<Result> {
  const table = targetTable(statement.table, 'UPDATE', run);
  const { scope, compile } = scopeOver(table, statement.alias, run);
  const match = matcher(statement.from, statement.where, scope, compile);
  const assign = assigner(table, statement.assignments, compile);
  const hits = await locked(table, match, run);
  // All values are computed before the first row changes, so that a failed statement has changed nothing.
  const changes = hits.map(({ target, frames: [frame] }) => ({
    stored: target.stored,
    values: frame === undefined ? target.seen : assign(target.seen, frame),
  }));
  for (const { stored, values } of changes) run.transaction.update(table, stored, values);
  return changed(STATEMENT_TYPE.update, {
    'number of rows updated': changes.length,
    'number of multi-joined rows updated': hits.filter(({ frames }) => frames.length > 1).length,
  });
}

export async function deleteRows(statement: Statement & { kind: 'delete' }, run: Execution): Promise<Result> {
  const table = targetTable(statement.table, 'DELETE', run);
  const { scope, compile } = scopeOver(table, statement.alias, run);
  const hits = await locked(table, matcher(statement.using, statement.where, scope, compile), run);
  for (const { target } of hits) run.transaction.delete(table, target.stored);
  return changed(STATEMENT_TYPE.delete, { 'number of rows deleted': hits.length });
}

export async function truncate(statement: Statement & { kind: 'truncate' }, run: Execution): Promise<Result> {
  const table = targetTable(statement.table, 'DELETE', run);
  const hits = await locked(table, everyTarget, run);
  run.transaction.overwrite(table, []);
  return changed(STATEMENT_TYPE.delete, { 'number of rows deleted': hits.length });
}

/** SELECT ... FOR UPDATE. Returns the rows as they were when it began, or as they are after the wait. */
export async function selectForUpdate(
  { query, waitSeconds }: Statement & { kind: 'select-for-update' },
  run: Execution,
): Promise<Result> {
  const [select, ...others] = query.selects;
  const [join, ...joined] = select?.from ?? [];
  if (select === undefined || others.length + joined.length > 0 || join?.source.kind !== 'table') {
    throw compilationError('FOR UPDATE can select from one table only.');
  }
  const table = targetTable(join.source.name, 'UPDATE', run);
  if (table.hybridKey === null) throw compilationError('FOR UPDATE needs a hybrid table.');
  const { scope, compile } = scopeOver(table, join.source.alias, run);
  const atStart = runQuery(query, run);
  const hits = matcher([], select.where, scope, compile)(targetsOf(table, run));
  const waited = await run.lockRows(
    table,
    hits.map(({ target }) => target.stored),
    waitSeconds,
  );
  await run.hold();
  const seen = waited && run.shared.afterWait === 'reevaluate' ? runQuery(query, run) : atStart;
  return { ...seen, statementTypeId: STATEMENT_TYPE.select };
}

function targetTable(name: QualifiedName, privilege: string, run: Execution): Table {
  const table = run.table(name);
  run.require(privilege, table);
  return table;
}

/**
 * Takes the lock of a standard table, or of the rows of a hybrid one that satisfy the condition. Returns those that do
 * after a wait, or did when the statement began; see {@link AfterWait}.
 */
async function locked(table: Table, match: Match, run: Execution): Promise<Hit[]> {
  const isFixed = run.shared.afterWait === 'statement-start';
  if (table.hybridKey === null) {
    const atStart = isFixed ? snapshot(table, run) : null;
    const waited = await run.lock(table);
    await run.hold();
    return match(waited && atStart !== null ? atStart : targetsOf(table, run));
  }
  const hits = match(isFixed ? snapshot(table, run) : targetsOf(table, run));
  const rows = hits.map(({ target }) => target.stored);
  const waited = await run.lockRows(table, rows);
  await run.hold();
  if (!waited || isFixed) return hits;
  const keys = new Set(rows.map((row) => table.keyOf(row)));
  return match(targetsOf(table, run).filter(({ stored }) => keys.has(table.keyOf(stored))));
}

function targetsOf(table: Table, run: Execution): Target[] {
  return run.transaction.visible(table).map((stored) => ({ stored, seen: stored }));
}

/** Copies of the rows, which later commits do not change. */
function snapshot(table: Table, run: Execution): Target[] {
  return run.transaction.visible(table).map((stored) => ({ stored, seen: [...stored] }));
}

const everyTarget: Match = (targets) => targets.map((target) => ({ target, frames: [] }));

function scopeOver(table: Table, alias: string | null, run: Execution) {
  const scope = new Scope(run, null, new Map());
  scope.sources.push({ alias: alias ?? table.name, columns: table.columns });
  return { scope, compile: compileIn(scope) };
}

function matcher(joins: readonly Join[], where: Expression | null, scope: Scope, compile: Compile): Match {
  const join = compileJoins(joins, scope, compile, (query, outer) =>
    compileQuery(query, scope.environment, outer, scope.shared),
  );
  const condition = where === null ? null : compile(where);
  return (targets) =>
    targets.flatMap((target) => {
      const frames = join([frameOf([target.seen], null)]).filter(
        (frame) => condition === null || condition.run(frame) === true,
      );
      return frames.length === 0 ? [] : [{ target, frames }];
    });
}

function assigner(table: Table, assignments: readonly Assignment[], compile: Compile) {
  const cells = assignments.map(({ column, value }) => {
    const index = table.indexOf(column);
    return { index, column: table.columns[index], value: compile(value) };
  });
  return (row: Row, frame: Frame): Row => {
    const values = [...row];
    for (const { index, column, value } of cells) {
      if (column !== undefined) values[index] = fit(value.run(frame), column);
    }
    return values;
  };
}
