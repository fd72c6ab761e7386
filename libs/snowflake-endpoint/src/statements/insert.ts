import { sqlError } from '../errors.js';
import { STATEMENT_TYPE, type Result } from '../state/result.js';
import { compileIn, compileQuery, runQuery } from '../sql/evaluation/query.js';
import { frameOf, Scope } from '../sql/evaluation/scope.js';
import type { Statement } from '../sql/parsing/syntax.js';
import { totalWeight, weighed, weightOf } from '../sql/evaluation/row-size.js';
import type { Row, Table } from '../state/tables.js';
import type { Execution } from './execution.js';
import { changed, rowMaker } from './rows.js';

/** INSERTs do not wait for each other. INSERT OVERWRITE replaces rows, so it takes the lock. */
export async function insert(statement: Statement & { kind: 'insert' }, run: Execution): Promise<Result> {
  const table = run.table(statement.table);
  run.require('INSERT', table);
  if (statement.overwrite) {
    run.require('DELETE', table);
    await run.lock(table);
  }
  const type = statement.overwrite ? STATEMENT_TYPE.insertOverwrite : STATEMENT_TYPE.insert;
  const startedAt = performance.now();
  if (table.countOnly && statement.query !== null) {
    const count = compileQuery(statement.query, run, null, new Map()).count(null);
    await run.hold(startedAt);
    run.transaction.insertCounted(table, count);
    return changed(type, { 'number of rows inserted': count });
  }
  const toRow = rowMaker(table, statement.columns, run);
  const rows = valuesOf(statement, run).map((values) => weighed(toRow(values), weightOf(values)));
  if (table.hybridKey !== null) await requireNewKeys(table, rows, run);
  await run.hold(startedAt);
  if (statement.overwrite) run.transaction.overwrite(table, rows);
  else run.transaction.insert(table, rows);
  return changed(type, { 'number of rows inserted': totalWeight(rows) });
}

/** Waits for other transactions that insert the same keys. */
async function requireNewKeys(table: Table, rows: readonly Row[], run: Execution): Promise<void> {
  await run.lockRows(table, rows);
  const keys = new Set(run.transaction.visible(table).map((row) => table.keyOf(row)));
  for (const row of rows) {
    if (keys.has(table.keyOf(row))) throw sqlError('keyExists', 'Primary key already exists');
    keys.add(table.keyOf(row));
  }
}

function valuesOf({ query, values }: Statement & { kind: 'insert' }, run: Execution) {
  if (query !== null) return runQuery(query, run).rows;
  const compile = compileIn(new Scope(run, null, new Map()));
  const frame = frameOf([], null);
  return values.map((row) => row.map((cell) => compile(cell).run(frame)));
}
