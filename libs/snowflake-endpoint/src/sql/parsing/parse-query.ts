import { Cursor } from './cursor.js';
import { parseExpression } from './parse-expression.js';
import type { Expression, Join, OrderItem, Query, Select, SelectItem, Source } from './syntax.js';

/** Words that can follow a source or a column, and so are not its alias. */
const NO_ALIAS = new Set(
  'FROM WHERE GROUP ORDER HAVING LIMIT UNION ON JOIN LEFT INNER CROSS LATERAL USING SET WHEN AS VALUES SELECT FOR'.split(
    ' ',
  ),
);

export function cursorOver(sql: string): Cursor {
  return new Cursor(sql, parseQuery);
}

export function parseQuery(cursor: Cursor): Query {
  const shared: Query['with'] = [];
  if (cursor.skip('WITH')) {
    do {
      const name = cursor.identifier();
      cursor.expect('AS');
      shared.push({ name, query: parenthesized(cursor) });
    } while (cursor.skipSymbol(','));
  }
  const selects = [parseSelect(cursor)];
  while (cursor.skip('UNION')) {
    cursor.expect('ALL');
    selects.push(parseSelect(cursor));
  }
  return {
    with: shared,
    selects,
    orderBy: cursor.skip('ORDER', 'BY') ? commaSeparated(cursor, () => parseOrderItem(cursor)) : [],
    limit: cursor.skip('LIMIT') ? parseExpression(cursor) : null,
  };
}

function parenthesized(cursor: Cursor): Query {
  cursor.expectSymbol('(');
  const query = parseQuery(cursor);
  cursor.expectSymbol(')');
  return query;
}

function commaSeparated<T>(cursor: Cursor, item: () => T): T[] {
  const items = [item()];
  while (cursor.skipSymbol(',')) items.push(item());
  return items;
}

function parseSelect(cursor: Cursor): Select {
  cursor.expect('SELECT');
  const distinct = cursor.skip('DISTINCT');
  const items = commaSeparated(cursor, () => parseSelectItem(cursor));
  const from = cursor.skip('FROM') ? parseSources(cursor) : [];
  const where = cursor.skip('WHERE') ? parseExpression(cursor) : null;
  let groupBy: Expression[] | 'all' = [];
  if (cursor.skip('GROUP', 'BY')) {
    groupBy = cursor.skip('ALL') ? 'all' : commaSeparated(cursor, () => parseExpression(cursor));
  }
  const having = cursor.skip('HAVING') ? parseExpression(cursor) : null;
  return { distinct, items, from, where, groupBy, having };
}

function parseSelectItem(cursor: Cursor): SelectItem {
  if (cursor.skipSymbol('*')) return { expression: null, source: null, alias: null };
  if (cursor.atSymbol('.', 1) && cursor.atSymbol('*', 2)) {
    const source = cursor.identifier();
    cursor.take();
    cursor.take();
    return { expression: null, source, alias: null };
  }
  const expression = parseExpression(cursor);
  return { expression, source: null, alias: parseAlias(cursor) };
}

export function parseAlias(cursor: Cursor): string | null {
  if (cursor.skip('AS')) return cursor.identifier();
  const { kind, value } = cursor.current;
  return kind === 'name' || (kind === 'word' && !NO_ALIAS.has(value)) ? cursor.identifier() : null;
}

function parseOrderItem(cursor: Cursor): OrderItem {
  const expression = parseExpression(cursor);
  const descending = cursor.skip('DESC');
  if (!descending) cursor.skip('ASC');
  // NULL sorts as the largest value, so it comes first in descending order.
  let nullsFirst = descending;
  if (cursor.skip('NULLS')) {
    nullsFirst = cursor.skip('FIRST');
    if (!nullsFirst) cursor.expect('LAST');
  }
  return { expression, descending, nullsFirst };
}

export function parseSources(cursor: Cursor): Join[] {
  const joins: Join[] = [{ kind: 'inner', source: parseSource(cursor), on: null }];
  for (;;) {
    if (cursor.skipSymbol(',') || cursor.skip('CROSS', 'JOIN')) {
      joins.push({ kind: 'inner', source: parseSource(cursor), on: null });
      continue;
    }
    const left = cursor.skip('LEFT');
    if (left) cursor.skip('OUTER');
    else cursor.skip('INNER');
    if (!cursor.skip('JOIN')) return joins;
    const source = parseSource(cursor);
    cursor.expect('ON');
    joins.push({ kind: left ? 'left' : 'inner', source, on: parseExpression(cursor) });
  }
}

export function parseSource(cursor: Cursor): Source {
  cursor.skip('LATERAL');
  const source = parseBareSource(cursor);
  const alias = parseAlias(cursor);
  const columnAliases = alias !== null && cursor.atSymbol('(') ? cursor.list(() => cursor.identifier()) : [];
  return { ...source, alias, columnAliases };
}

type BareSource = Source extends infer Each
  ? Each extends Source
    ? Omit<Each, 'alias' | 'columnAliases'>
    : never
  : never;

function parseBareSource(cursor: Cursor): BareSource {
  if (cursor.at('TABLE') && cursor.atSymbol('(', 1)) {
    cursor.take();
    cursor.take();
    const inner = parseTableFunction(cursor);
    cursor.expectSymbol(')');
    return inner;
  }
  if (cursor.at('FLATTEN') && cursor.atSymbol('(', 1)) return parseTableFunction(cursor);
  if (cursor.at('VALUES')) return parseValues(cursor);
  if (!cursor.atSymbol('(')) return { kind: 'table', name: cursor.qualifiedName() };
  cursor.expectSymbol('(');
  const inner: BareSource = cursor.at('VALUES')
    ? parseValues(cursor)
    : { kind: 'query', query: parseQuery(cursor) };
  cursor.expectSymbol(')');
  return inner;
}

function parseValues(cursor: Cursor): BareSource {
  cursor.expect('VALUES');
  return {
    kind: 'values',
    rows: commaSeparated(cursor, () => cursor.list(() => parseExpression(cursor))),
  };
}

function streamingType(cursor: Cursor): string {
  cursor.expect('TYPE');
  cursor.expectSymbol('=>');
  return cursor.text().toUpperCase();
}

function parseTableFunction(cursor: Cursor): BareSource {
  if (cursor.skip('RESULT_SCAN')) {
    cursor.list(() => parseExpression(cursor));
    return { kind: 'result-scan' };
  }
  if (cursor.skip('DATA_SOURCE')) {
    const [type] = cursor.list(() => streamingType(cursor));
    return type === 'STREAMING' ? { kind: 'streaming-source' } : cursor.fail();
  }
  cursor.expect('FLATTEN');
  const given = new Map<string, Expression>(
    cursor.list(() => {
      const name = cursor.atSymbol('=>', 1) ? cursor.identifier() : 'INPUT';
      cursor.skipSymbol('=>');
      return [name, parseExpression(cursor)];
    }),
  );
  const outer = given.get('OUTER');
  return {
    kind: 'flatten',
    input: given.get('INPUT') ?? cursor.fail(),
    outer: outer?.kind === 'literal' && outer.value === true,
  };
}
