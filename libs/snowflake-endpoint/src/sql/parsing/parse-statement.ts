import type { Cursor } from './cursor.js';
import { parseColumnDefinition, parseCreate } from './parse-create.js';
import { parseExpression } from './parse-expression.js';
import { cursorOver, parseAlias, parseQuery, parseSources } from './parse-query.js';
import type { Assignment, ColumnDefinition, QualifiedName, Statement } from './syntax.js';

/** Statements that are only recorded. */
const RECORDED = ['GRANT', 'REVOKE', 'COMMENT', 'CREATE', 'ALTER', 'DROP'];
const DROPPED = ['TABLE', 'VIEW', 'SCHEMA', 'PIPE'] as const;

/** @throws SqlError 001003 for a statement that the endpoint does not support */
export function parseStatement(sql: string): Statement {
  const cursor = cursorOver(sql);
  const statement = parse(cursor);
  cursor.skipSymbol(';');
  if (cursor.current.kind !== 'end') cursor.fail();
  return statement;
}

function parse(cursor: Cursor): Statement {
  if (cursor.at('SELECT') || cursor.at('WITH')) return parseSelectStatement(cursor);
  if (cursor.skip('INSERT')) return parseInsert(cursor);
  if (cursor.skip('UPDATE')) return parseUpdate(cursor);
  if (cursor.skip('DELETE', 'FROM')) return parseDelete(cursor);
  if (cursor.skip('BEGIN') || cursor.skip('START')) return parseTransactionWord(cursor, 'begin');
  if (cursor.skip('COMMIT')) return parseTransactionWord(cursor, 'commit');
  if (cursor.skip('ROLLBACK')) return parseTransactionWord(cursor, 'rollback');
  if (cursor.skip('TRUNCATE')) {
    cursor.skip('TABLE');
    return { kind: 'truncate', table: cursor.qualifiedName() };
  }
  if (cursor.at('CREATE')) return parseCreate(cursor) ?? parseRecorded(cursor);
  if (cursor.skip('ALTER', 'SESSION')) return parseAlterSession(cursor);
  if (cursor.skip('ALTER', 'TABLE')) return parseAlterTable(cursor);
  if (DROPPED.some((what) => cursor.at('DROP', what))) return parseDrop(cursor);
  if (cursor.skip('USE')) return parseUse(cursor);
  if (cursor.skip('SHOW')) return parseShow(cursor);
  if (cursor.skip('DESCRIBE') || cursor.skip('DESC')) {
    const what = cursor.skip('PIPE') ? 'PIPE' : 'TABLE';
    if (what === 'TABLE' && !cursor.skip('TABLE')) cursor.skip('VIEW');
    return { kind: 'describe', what, name: cursor.qualifiedName() };
  }
  if (RECORDED.some((word) => cursor.at(word))) return parseRecorded(cursor);
  return cursor.fail();
}

function parseSelectStatement(cursor: Cursor): Statement {
  const query = parseQuery(cursor);
  if (!cursor.skip('FOR', 'UPDATE')) return { kind: 'select', query };
  return { kind: 'select-for-update', query, waitSeconds: cursor.skip('WAIT') ? cursor.integer() : 0 };
}

function parseTransactionWord(cursor: Cursor, kind: 'begin' | 'commit' | 'rollback'): Statement {
  if (!cursor.skip('TRANSACTION')) cursor.skip('WORK');
  if (cursor.skip('NAME')) cursor.identifier();
  return { kind };
}

function parseInsert(cursor: Cursor): Statement {
  const overwrite = cursor.skip('OVERWRITE');
  cursor.expect('INTO');
  const table = cursor.qualifiedName();
  const columns =
    cursor.atSymbol('(') && !startsQuery(cursor) ? cursor.list(() => cursor.identifier()) : null;
  if (cursor.skip('VALUES')) {
    const values = [cursor.list(() => parseExpression(cursor))];
    while (cursor.skipSymbol(',')) values.push(cursor.list(() => parseExpression(cursor)));
    return { kind: 'insert', overwrite, table, columns, query: null, values };
  }
  return { kind: 'insert', overwrite, table, columns, query: parseQuery(cursor), values: [] };
}

function startsQuery(cursor: Cursor): boolean {
  const { kind, value } = cursor.peek();
  return kind === 'word' && (value === 'SELECT' || value === 'WITH');
}

function parseUpdate(cursor: Cursor): Statement {
  const table = cursor.qualifiedName();
  const alias = parseAlias(cursor);
  cursor.expect('SET');
  const assignments = parseAssignments(cursor);
  const from = cursor.skip('FROM') ? parseSources(cursor) : [];
  const where = cursor.skip('WHERE') ? parseExpression(cursor) : null;
  return { kind: 'update', table, alias, assignments, from, where };
}

function parseAssignments(cursor: Cursor): Assignment[] {
  const assignments: Assignment[] = [];
  do {
    const column = cursor.qualifiedName().name;
    cursor.expectSymbol('=');
    assignments.push({ column, value: parseExpression(cursor) });
  } while (cursor.skipSymbol(','));
  return assignments;
}

function parseDelete(cursor: Cursor): Statement {
  const table = cursor.qualifiedName();
  const alias = parseAlias(cursor);
  const using = cursor.skip('USING') ? parseSources(cursor) : [];
  const where = cursor.skip('WHERE') ? parseExpression(cursor) : null;
  return { kind: 'delete', table, alias, using, where };
}

function parseAlterSession(cursor: Cursor): Statement {
  const set: Record<string, string> = {};
  const unset: string[] = [];
  const removes = cursor.skip('UNSET');
  if (!removes) cursor.expect('SET');
  while (!cursor.atEnd) {
    const name = cursor.identifier();
    if (removes) unset.push(name);
    else {
      cursor.expectSymbol('=');
      set[name] = cursor.take().value;
    }
    cursor.skipSymbol(',');
  }
  return { kind: 'alter-session', set, unset };
}

function parseAlterTable(cursor: Cursor): Statement {
  cursor.skip('IF', 'EXISTS');
  const table = cursor.qualifiedName();
  if (cursor.skip('DROP')) return parseDropColumns(cursor, table);
  if (cursor.at('SET')) return recorded(cursor, 'alter table');
  cursor.expect('ADD');
  if (cursor.at('CONSTRAINT') || cursor.at('PRIMARY')) return recorded(cursor, 'alter table');
  cursor.skip('COLUMN');
  const columns: (ColumnDefinition & { ifNotExists: boolean })[] = [];
  do {
    const ifNotExists = cursor.skip('IF', 'NOT', 'EXISTS');
    const column = parseColumnDefinition(cursor);
    if (column !== null) columns.push({ ...column, ifNotExists });
  } while (cursor.skipSymbol(','));
  return { kind: 'add-columns', table, columns };
}

function parseDropColumns(cursor: Cursor, table: QualifiedName): Statement {
  cursor.skip('COLUMN');
  const ifExists = cursor.skip('IF', 'EXISTS');
  const columns = [cursor.identifier()];
  while (cursor.skipSymbol(',')) columns.push(cursor.identifier());
  return { kind: 'drop-columns', table, columns, ifExists };
}

function parseDrop(cursor: Cursor): Statement {
  cursor.expect('DROP');
  const what = DROPPED.find((word) => cursor.skip(word)) ?? cursor.fail();
  const ifExists = cursor.skip('IF', 'EXISTS');
  const name: QualifiedName = cursor.qualifiedName();
  if (!cursor.skip('CASCADE')) cursor.skip('RESTRICT');
  return { kind: 'drop', what, name, ifExists };
}

function parseUse(cursor: Cursor): Statement {
  if (cursor.skip('SECONDARY', 'ROLES')) {
    return { kind: 'use', what: 'SECONDARY ROLES', name: cursor.identifier() };
  }
  for (const what of ['WAREHOUSE', 'DATABASE', 'SCHEMA', 'ROLE'] as const) {
    if (cursor.skip(what)) return { kind: 'use', what, name: cursor.qualifiedName().name };
  }
  return { kind: 'use', what: 'DATABASE', name: cursor.qualifiedName().name };
}

function parseShow(cursor: Cursor): Statement {
  cursor.skip('TERSE');
  const what = cursor.identifier();
  let table: QualifiedName | null = null;
  let like: string | null = null;
  let schema: string | null = null;
  while (!cursor.atEnd) {
    if (cursor.skip('LIKE')) like = cursor.text();
    else if (cursor.skip('IN', 'SCHEMA')) schema = optionalName(cursor);
    else if (cursor.skip('IN', 'TABLE') || cursor.skip('IN', 'VIEW') || cursor.skip('ON', 'TABLE')) {
      table = cursor.qualifiedName();
    } else cursor.take();
  }
  return { kind: 'show', what, table, like, schema };
}

function optionalName(cursor: Cursor): string | null {
  return cursor.atEnd ? null : cursor.qualifiedName().name;
}

function parseRecorded(cursor: Cursor): Statement {
  const first = cursor.take().value;
  const second =
    cursor.current.kind === 'word' && first !== 'GRANT' && first !== 'REVOKE'
      ? ` ${cursor.current.value}`
      : '';
  return recorded(cursor, `${first}${second}`.toLowerCase());
}

function recorded(cursor: Cursor, verb: string): Statement {
  cursor.skipToEnd();
  return { kind: 'recorded', verb };
}
