import type { Cursor } from './cursor.js';
import { parseQuery } from './parse-query.js';
import type { Statement, StreamingCopy } from './syntax.js';

/** CREATE PIPE, for Snowpipe Streaming only; the cursor is behind the word PIPE. */
export function parseCreatePipe(cursor: Cursor, orReplace: boolean): Statement {
  const ifNotExists = cursor.skip('IF', 'NOT', 'EXISTS');
  const pipe = cursor.qualifiedName();
  while (!cursor.atEnd && !cursor.at('AS')) cursor.take();
  cursor.expect('AS');
  return { kind: 'create-pipe', pipe, orReplace, ifNotExists, copy: parseCopy(cursor) };
}

function parseCopy(cursor: Cursor): StreamingCopy {
  const start = cursor.mark();
  cursor.expect('COPY', 'INTO');
  const table = cursor.qualifiedName();
  const columns = cursor.atSymbol('(') ? cursor.list(() => cursor.identifier()) : null;
  cursor.expect('FROM');
  cursor.expectSymbol('(');
  const query = parseQuery(cursor);
  cursor.expectSymbol(')');
  const match = parseCopyOptions(cursor);
  const selectsAll = query.selects.every(({ items }) => items.every(({ expression }) => expression === null));
  // Names match keys, or positions match columns.
  if ((match !== null) !== selectsAll) cursor.fail();
  return { table, columns, query, match, text: cursor.textSince(start) };
}

function parseCopyOptions(cursor: Cursor): StreamingCopy['match'] {
  let match: StreamingCopy['match'] = null;
  while (!cursor.atEnd) {
    const option = cursor.identifier();
    cursor.expectSymbol('=');
    if (option === 'MATCH_BY_COLUMN_NAME') {
      if (cursor.skip('CASE_SENSITIVE')) match = 'CASE_SENSITIVE';
      else if (cursor.skip('CASE_INSENSITIVE')) match = 'CASE_INSENSITIVE';
      else cursor.expect('NONE');
    } else if (option === 'ON_ERROR') {
      // The only value that a streaming pipe allows.
      cursor.expect('CONTINUE');
    } else if (option === 'CLUSTER_AT_INGEST_TIME') {
      if (!cursor.skip('TRUE')) cursor.expect('FALSE');
    } else cursor.fail();
  }
  return match;
}
