import type { Result } from '../result.js';
import { STATEMENT_TYPE } from '../responses.js';
import type { Compile } from '../sql/compile.js';
import { compileIn, compileQuery } from '../sql/query.js';
import type { Frame } from '../sql/scope.js';
import { frameOf, Scope } from '../sql/scope.js';
import { compileJoins } from '../sql/joins.js';
import type { Assignment, Expression, Join, QualifiedName, Statement } from '../sql/syntax.js';
import type { Row, Table } from '../tables.js';
import type { Execution } from './execution.js';
import { changed, fit } from './rows.js';

/** A row that a statement may change, as stored and as the statement sees it. */
interface Target {
  stored: Row;
  seen: Row;
}

export async function update(statement: Statement & { kind: 'update' }, run: Execution): Promise<Result> {
  const { table, targets } = await lockTargets(statement.table, 'UPDATE', run);
  const { scope, compile } = scopeOver(table, statement.alias, run);
  const match = matcher(statement.from, statement.where, scope, compile);
  const assign = assigner(table, statement.assignments, compile);
  const hits = match(targets);
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
  const { table, targets } = await lockTargets(statement.table, 'DELETE', run);
  const { scope, compile } = scopeOver(table, statement.alias, run);
  const hits = matcher(statement.using, statement.where, scope, compile)(targets);
  for (const { target } of hits) run.transaction.delete(table, target.stored);
  return changed(STATEMENT_TYPE.delete, { 'number of rows deleted': hits.length });
}

export async function truncate(statement: Statement & { kind: 'truncate' }, run: Execution): Promise<Result> {
  const { table, targets } = await lockTargets(statement.table, 'DELETE', run);
  run.transaction.overwrite(table, []);
  return changed(STATEMENT_TYPE.delete, { 'number of rows deleted': targets.length });
}

/** Takes the lock, and returns the rows as the statement sees them; see {@link AfterWait}. */
async function lockTargets(
  name: QualifiedName,
  privilege: string,
  run: Execution,
): Promise<{ table: Table; targets: Target[] }> {
  const table = run.table(name);
  run.require(privilege, table);
  const atStart =
    run.shared.afterWait === 'statement-start'
      ? run.transaction.visible(table).map((stored) => ({ stored, seen: [...stored] }))
      : null;
  const waited = await run.lock(table);
  await run.hold();
  if (waited && atStart !== null) return { table, targets: atStart };
  return { table, targets: run.transaction.visible(table).map((row) => ({ stored: row, seen: row })) };
}

function scopeOver(table: Table, alias: string | null, run: Execution) {
  const scope = new Scope(run, null, new Map());
  scope.sources.push({ alias: alias ?? table.name, columns: table.columns });
  return { scope, compile: compileIn(scope) };
}

/** The targets that satisfy the condition, each with the joined rows that do. */
function matcher(joins: readonly Join[], where: Expression | null, scope: Scope, compile: Compile) {
  const join = compileJoins(joins, scope, compile, (query, outer) =>
    compileQuery(query, scope.environment, outer, scope.shared),
  );
  const condition = where === null ? null : compile(where);
  return (targets: readonly Target[]) =>
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
