import type { Cursor } from './cursor.js';
import type { Expression } from './syntax.js';
import type { SqlType } from '../types.js';
import { typeNamed } from '../types.js';

const COMPARISONS = new Set(['=', '<>', '!=', '<', '<=', '>', '>=']);

/** Words that end an expression, and so cannot start a column's name. */
const RESERVED = new Set(
  'SELECT FROM WHERE GROUP ORDER HAVING LIMIT UNION ON AND OR NOT IN IS LIKE ILIKE BETWEEN CASE WHEN THEN ELSE END AS SET VALUES USING JOIN LEFT INNER CROSS LATERAL WITH INTO'.split(
    ' ',
  ),
);

/** Functions without parentheses. */
const BARE_FUNCTIONS = new Set(['CURRENT_TIMESTAMP', 'CURRENT_USER', 'CURRENT_ROLE']);

export function parseExpression(cursor: Cursor): Expression {
  let left = parseAnd(cursor);
  while (cursor.skip('OR')) left = { kind: 'binary', operator: 'OR', left, right: parseAnd(cursor) };
  return left;
}

function parseAnd(cursor: Cursor): Expression {
  let left = parseNot(cursor);
  while (cursor.skip('AND')) left = { kind: 'binary', operator: 'AND', left, right: parseNot(cursor) };
  return left;
}

function parseNot(cursor: Cursor): Expression {
  return cursor.skip('NOT') ? { kind: 'not', operand: parseNot(cursor) } : parseComparison(cursor);
}

function parseComparison(cursor: Cursor): Expression {
  let left = parseSum(cursor);
  for (;;) {
    if (cursor.current.kind === 'symbol' && COMPARISONS.has(cursor.current.value)) {
      const operator = cursor.take().value;
      left = { kind: 'binary', operator: operator === '!=' ? '<>' : operator, left, right: parseSum(cursor) };
    } else if (cursor.skip('IS')) {
      left = parseIs(cursor, left);
    } else {
      const negated = cursor.at('NOT') && ['IN', 'LIKE', 'ILIKE', 'BETWEEN'].includes(cursor.peek().value);
      if (negated) cursor.take();
      if (cursor.skip('IN')) left = parseIn(cursor, left, negated);
      else if (cursor.skip('BETWEEN')) left = parseBetween(cursor, left, negated);
      else if (cursor.at('LIKE') || cursor.at('ILIKE')) {
        const ignoreCase = cursor.take().value === 'ILIKE';
        left = { kind: 'like', operand: left, pattern: parseSum(cursor), ignoreCase, negated };
      } else return left;
    }
  }
}

function parseIs(cursor: Cursor, operand: Expression): Expression {
  const negated = cursor.skip('NOT');
  if (cursor.skip('NULL')) return { kind: 'is-null', operand, negated };
  cursor.expect('DISTINCT', 'FROM');
  return { kind: 'is-distinct', left: operand, right: parseSum(cursor), negated };
}

function parseIn(cursor: Cursor, operand: Expression, negated: boolean): Expression {
  if (cursor.atSymbol('(') && startsQuery(cursor, 1)) {
    return { kind: 'in-query', operand, query: parenthesizedQuery(cursor), negated };
  }
  return { kind: 'in', operand, list: cursor.list(() => parseExpression(cursor)), negated };
}

function parseBetween(cursor: Cursor, operand: Expression, negated: boolean): Expression {
  const low = parseSum(cursor);
  cursor.expect('AND');
  return { kind: 'between', operand, low, high: parseSum(cursor), negated };
}

function parseSum(cursor: Cursor): Expression {
  let left = parseProduct(cursor);
  while (cursor.atSymbol('+') || cursor.atSymbol('-') || cursor.atSymbol('||')) {
    left = { kind: 'binary', operator: cursor.take().value, left, right: parseProduct(cursor) };
  }
  return left;
}

function parseProduct(cursor: Cursor): Expression {
  let left = parseUnary(cursor);
  while (cursor.atSymbol('*') || cursor.atSymbol('/') || cursor.atSymbol('%')) {
    left = { kind: 'binary', operator: cursor.take().value, left, right: parseUnary(cursor) };
  }
  return left;
}

function parseUnary(cursor: Cursor): Expression {
  if (cursor.skipSymbol('-')) return { kind: 'negate', operand: parseUnary(cursor) };
  cursor.skipSymbol('+');
  return parsePostfix(cursor, parsePrimary(cursor));
}

function parsePostfix(cursor: Cursor, primary: Expression): Expression {
  let operand = primary;
  for (;;) {
    if (cursor.skipSymbol('::')) {
      operand = { kind: 'cast', operand, type: parseType(cursor), attempt: false };
    } else if (cursor.atSymbol('[') || (cursor.atSymbol(':') && isName(cursor, 1))) {
      operand = { kind: 'path', operand, steps: parsePath(cursor) };
    } else return operand;
  }
}

function parsePath(cursor: Cursor): (string | Expression)[] {
  const steps: (string | Expression)[] = [];
  for (;;) {
    if (cursor.skipSymbol('[')) {
      steps.push(parseExpression(cursor));
      cursor.expectSymbol(']');
    } else if (steps.length === 0 ? cursor.skipSymbol(':') : cursor.atSymbol('.') && isName(cursor, 1)) {
      cursor.skipSymbol('.');
      steps.push(cursor.rawIdentifier());
    } else return steps;
  }
}

function isName(cursor: Cursor, ahead: number): boolean {
  const { kind } = cursor.peek(ahead);
  return kind === 'word' || kind === 'name';
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.current;
  if (token.kind === 'text') return { kind: 'literal', value: cursor.take().value };
  if (token.kind === 'number') return { kind: 'literal', value: numberOf(cursor.take().value) };
  if (cursor.skipSymbol('?')) return { kind: 'bind', index: cursor.nextBind() };
  if (cursor.skipSymbol(':')) return { kind: 'bind', index: cursor.integer() - 1 };
  if (cursor.atSymbol('(')) return parseParentheses(cursor);
  if (token.kind === 'word') {
    if (cursor.skip('NULL')) return { kind: 'literal', value: null };
    if (cursor.skip('TRUE')) return { kind: 'literal', value: true };
    if (cursor.skip('FALSE')) return { kind: 'literal', value: false };
    if (cursor.at('CASE')) return parseCase(cursor);
    if (cursor.at('EXISTS')) return parseExists(cursor);
    if (cursor.atSymbol('(', 1)) return parseCall(cursor);
    if (BARE_FUNCTIONS.has(token.value)) return call(cursor.take().value, []);
    if (RESERVED.has(token.value)) cursor.fail();
  }
  return parseColumn(cursor);
}

function parseParentheses(cursor: Cursor): Expression {
  if (startsQuery(cursor, 1)) return { kind: 'scalar', query: parenthesizedQuery(cursor) };
  cursor.expectSymbol('(');
  const inner = parseExpression(cursor);
  cursor.expectSymbol(')');
  return inner;
}

function parseExists(cursor: Cursor): Expression {
  cursor.expect('EXISTS');
  return { kind: 'exists', query: parenthesizedQuery(cursor) };
}

/** Digits that a number does not hold exactly stay text. */
function numberOf(text: string): number | string {
  const value = Number(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
}

function startsQuery(cursor: Cursor, ahead: number): boolean {
  const { kind, value } = cursor.peek(ahead);
  return kind === 'word' && (value === 'SELECT' || value === 'WITH');
}

function parenthesizedQuery(cursor: Cursor) {
  cursor.expectSymbol('(');
  const query = cursor.query(cursor);
  cursor.expectSymbol(')');
  return query;
}

function parseCase(cursor: Cursor): Expression {
  cursor.expect('CASE');
  const subject = cursor.at('WHEN') ? null : parseExpression(cursor);
  const branches: { when: Expression; then: Expression }[] = [];
  while (cursor.skip('WHEN')) {
    const test = parseExpression(cursor);
    cursor.expect('THEN');
    const when: Expression =
      subject === null ? test : { kind: 'binary', operator: '=', left: subject, right: test };
    branches.push({ when, then: parseExpression(cursor) });
  }
  const otherwise: Expression = cursor.skip('ELSE')
    ? parseExpression(cursor)
    : { kind: 'literal', value: null };
  cursor.expect('END');
  return { kind: 'case', branches, otherwise };
}

function parseCall(cursor: Cursor): Expression {
  const name = cursor.take().value;
  if (name === 'CAST' || name === 'TRY_CAST') return parseCast(cursor, name === 'TRY_CAST');
  cursor.expectSymbol('(');
  if (cursor.skipSymbol(')')) return call(name, []);
  if (cursor.skipSymbol('*')) {
    cursor.expectSymbol(')');
    return { ...call(name, []), star: true };
  }
  const distinct = cursor.skip('DISTINCT');
  const args = [parseArgument(cursor)];
  while (cursor.skipSymbol(',')) args.push(parseArgument(cursor));
  cursor.expectSymbol(')');
  return { ...call(name, args), distinct };
}

/** Ignores the names of arguments: only the position counts. */
function parseArgument(cursor: Cursor): Expression {
  if (isName(cursor, 0) && cursor.atSymbol('=>', 1)) {
    cursor.take();
    cursor.take();
  }
  return parseExpression(cursor);
}

function call(name: string, args: Expression[]): Expression & { kind: 'call' } {
  return { kind: 'call', name, args, distinct: false, star: false };
}

function parseCast(cursor: Cursor, attempt: boolean): Expression {
  cursor.expectSymbol('(');
  const operand = parseExpression(cursor);
  cursor.expect('AS');
  const type = parseType(cursor);
  cursor.expectSymbol(')');
  return { kind: 'cast', operand, type, attempt };
}

export function parseType(cursor: Cursor): SqlType {
  const name = cursor.identifier();
  if (name === 'DOUBLE') cursor.skip('PRECISION');
  if (!cursor.atSymbol('(')) return typeNamed(name, undefined, undefined);
  const [size, scale] = cursor.list(() => cursor.integer());
  return typeNamed(name, size, scale);
}

function parseColumn(cursor: Cursor): Expression {
  const { parts, name } = cursor.qualifiedName();
  // SYSTEM$... are plain words, so the schema of a sequence or function does not matter.
  return { kind: 'column', source: parts.at(-1) ?? null, name };
}
