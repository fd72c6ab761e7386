import { runQuery } from '../sql/evaluation/query.js';
import { STATEMENT_TYPE, type Result } from '../state/result.js';
import { isParameter } from '../state/sessions.js';
import { sqlError } from '../errors.js';
import type { Statement } from '../sql/parsing/syntax.js';
import type { Execution } from './execution.js';
import { done } from './rows.js';

export async function select(statement: Statement & { kind: 'select' }, run: Execution): Promise<Result> {
  await run.hold();
  return { ...runQuery(statement.query, run), statementTypeId: STATEMENT_TYPE.select };
}

export async function alterSession(
  { set, unset }: Statement & { kind: 'alter-session' },
  run: Execution,
): Promise<Result> {
  await run.hold();
  for (const name of [...Object.keys(set), ...unset]) {
    if (!isParameter(name)) {
      throw sqlError('invalidParameter', `SQL compilation error:\ninvalid parameter '${name}' for 'SESSION'`);
    }
  }
  for (const [name, value] of Object.entries(set)) run.session.parameters.set(name, value);
  for (const name of unset) run.session.resetParameter(name);
  return done(STATEMENT_TYPE.session);
}

export async function use({ what, name }: Statement & { kind: 'use' }, run: Execution): Promise<Result> {
  await run.hold();
  const { session } = run;
  if (what === 'WAREHOUSE') session.warehouse = name;
  if (what === 'DATABASE') {
    session.database = name;
    session.schema = 'PUBLIC';
  }
  if (what === 'SCHEMA') session.schema = name;
  if (what === 'ROLE') session.role = name;
  return done(STATEMENT_TYPE.session);
}
