import type { Cursor } from './cursor.js';
import { parseExpression, parseType } from './parse-expression.js';
import { parseCreatePipe } from './parse-pipe.js';
import { parseQuery } from './parse-query.js';
import type { ColumnDefinition, Statement } from './syntax.js';

/** Returns null, with the cursor unmoved, for what is only recorded. */
export function parseCreate(cursor: Cursor): Statement | null {
  const start = cursor.mark();
  cursor.expect('CREATE');
  const orReplace = cursor.skip('OR', 'REPLACE');
  cursor.skip('LOCAL');
  const temporary = cursor.skip('TEMPORARY') || cursor.skip('TEMP');
  cursor.skip('TRANSIENT');
  const hybrid = cursor.skip('HYBRID');
  if (cursor.skip('TABLE')) return parseCreateTable(cursor, { orReplace, temporary, hybrid });
  if (cursor.skip('SCHEMA')) {
    const ifNotExists = cursor.skip('IF', 'NOT', 'EXISTS');
    return { kind: 'create-schema', name: cursor.qualifiedName(), ifNotExists };
  }
  if (cursor.skip('PIPE')) return parseCreatePipe(cursor, orReplace);
  cursor.skip('SECURE');
  if (cursor.skip('VIEW')) return parseCreateView(cursor, orReplace);
  cursor.reset(start);
  return null;
}

function parseCreateTable(
  cursor: Cursor,
  how: { orReplace: boolean; temporary: boolean; hybrid: boolean },
): Statement {
  const ifNotExists = cursor.skip('IF', 'NOT', 'EXISTS');
  const table = cursor.qualifiedName();
  const primaryKey: string[] = [];
  const columns = cursor.atSymbol('(')
    ? cursor.list(() => parseElement(cursor, primaryKey)).filter((column) => column !== null)
    : [];
  const like = cursor.skip('LIKE') ? cursor.qualifiedName() : null;
  while (!cursor.atEnd && !cursor.at('AS')) cursor.take();
  const query = cursor.skip('AS') ? parseQuery(cursor) : null;
  return { kind: 'create-table', table, ...how, ifNotExists, columns, primaryKey, query, like };
}

/** A column, or null for a constraint. Adds to the primary key, which only hybrid tables enforce. */
function parseElement(cursor: Cursor, primaryKey: string[]): ColumnDefinition | null {
  const start = cursor.mark();
  if (cursor.skip('CONSTRAINT')) cursor.identifier();
  if (cursor.skip('PRIMARY', 'KEY')) {
    primaryKey.push(...cursor.list(() => cursor.identifier()));
    return null;
  }
  cursor.reset(start);
  return parseColumnDefinition(cursor, primaryKey);
}

/** Returns null for a table constraint. */
export function parseColumnDefinition(cursor: Cursor, primaryKey: string[] = []): ColumnDefinition | null {
  if (['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'FOREIGN'].some((word) => cursor.at(word))) {
    skipBalanced(cursor);
    return null;
  }
  const name = cursor.identifier();
  const type = parseType(cursor);
  const column: ColumnDefinition = { name, type, nullable: true, default: null, defaultText: null };
  while (!cursor.atSymbol(',') && !cursor.atSymbol(')') && !cursor.atEnd) {
    if (cursor.skip('NOT', 'NULL')) column.nullable = false;
    else if (cursor.skip('DEFAULT')) {
      const start = cursor.mark();
      column.default = parseExpression(cursor);
      column.defaultText = cursor.textSince(start);
    } else if (cursor.skip('COMMENT')) cursor.text();
    else if (cursor.skip('PRIMARY', 'KEY')) {
      column.nullable = false;
      primaryKey.push(name);
    } else cursor.take();
  }
  return column;
}

function skipBalanced(cursor: Cursor): void {
  for (let depth = 0; depth > 0 || !(cursor.atSymbol(',') || cursor.atSymbol(')'));) {
    if (cursor.atEnd) cursor.fail();
    if (cursor.atSymbol('(')) depth++;
    if (cursor.atSymbol(')')) depth--;
    cursor.take();
  }
}

function parseCreateView(cursor: Cursor, orReplace: boolean): Statement {
  const ifNotExists = cursor.skip('IF', 'NOT', 'EXISTS');
  const view = cursor.qualifiedName();
  const columns = cursor.atSymbol('(') ? cursor.list(() => cursor.identifier()) : [];
  while (!cursor.atEnd && !cursor.at('AS')) cursor.take();
  cursor.expect('AS');
  return { kind: 'create-view', view, orReplace, ifNotExists, columns, query: parseQuery(cursor) };
}
