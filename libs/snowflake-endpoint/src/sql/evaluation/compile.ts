import { compilationError } from '../../errors.js';
import { aggregate, isAggregate } from './aggregates.js';
import { arithmetic, compare, likePattern } from './compare.js';
import { attempt, FUNCTIONS, step } from './functions.js';
import type { Compiled, Frame, Scope } from './scope.js';
import type { Expression, Query } from '../parsing/syntax.js';
import type { SqlType, SqlValue } from '../types.js';
import { asText, BOOLEAN, cast, FIXED, REAL, scalar, TEXT, typeText, VARIANT } from '../types.js';

/** Compiles a subquery. Injected, because queries contain expressions. */
export type CompileQuery = (
  query: Query,
  outer: Scope,
) => { type: SqlType; rows: (frame: Frame) => SqlValue[][] };

export type Compile = (expression: Expression) => Compiled;

export function compiler(scope: Scope, compileQuery: CompileQuery): Compile {
  const compile: Compile = (expression) => compileExpression(expression, scope, compile, compileQuery);
  return compile;
}

function compileExpression(
  expression: Expression,
  scope: Scope,
  compile: Compile,
  compileQuery: CompileQuery,
): Compiled {
  switch (expression.kind) {
    case 'literal':
      return constant(expression.value);
    case 'bind':
      return bound(scope, expression.index);
    case 'column':
      return scope.column(expression.source, expression.name);
    case 'call':
      return compileCall(expression, scope, compile);
    case 'cast':
      return compileCast(expression, compile);
    case 'path':
      return compilePath(expression, compile);
    case 'not':
      return boolean(compile(expression.operand), (value) => (value === null ? null : value !== true));
    case 'negate': {
      const { type, run } = compile(expression.operand);
      return { type, run: (frame) => arithmetic('-', 0, run(frame)) };
    }
    case 'binary':
      return compileBinary(expression, compile);
    case 'is-null':
      return boolean(compile(expression.operand), (value) => (value === null) !== expression.negated);
    case 'is-distinct': {
      const [left, right] = [compile(expression.left), compile(expression.right)];
      return logical((frame) => {
        const [a, b] = [scalar(left.run(frame)), scalar(right.run(frame))];
        const same = a === null || b === null ? a === b : compare(a, b) === 0;
        return same === expression.negated;
      });
    }
    case 'in':
      return compileIn(expression, compile);
    case 'in-query': {
      const operand = compile(expression.operand);
      const { rows } = compileQuery(expression.query, scope);
      return logical((frame) =>
        isIn(
          operand.run(frame),
          rows(frame).map(([value]) => value ?? null),
          expression.negated,
        ),
      );
    }
    case 'exists': {
      const { rows } = compileQuery(expression.query, scope);
      return logical((frame) => rows(frame).length > 0);
    }
    case 'scalar': {
      const { type, rows } = compileQuery(expression.query, scope);
      return { type, run: (frame) => singleValue(rows(frame)) };
    }
    case 'between': {
      const [operand, low, high] = [expression.operand, expression.low, expression.high].map(compile);
      return logical((frame) => {
        const value = operand?.run(frame) ?? null;
        const above = compare(value, low?.run(frame) ?? null);
        const below = compare(value, high?.run(frame) ?? null);
        return above === null || below === null ? null : (above >= 0 && below <= 0) !== expression.negated;
      });
    }
    case 'like': {
      const [operand, pattern] = [compile(expression.operand), compile(expression.pattern)];
      return logical((frame) => {
        const [value, like] = [asText(operand.run(frame)), asText(pattern.run(frame))];
        if (value === null || like === null) return null;
        return likePattern(like, expression.ignoreCase).test(value) !== expression.negated;
      });
    }
    case 'case':
      return compileCase(expression, compile);
  }
}

function constant(value: string | number | boolean | null): Compiled {
  const type = typeof value === 'number' ? (Number.isInteger(value) ? FIXED : REAL) : TEXT;
  return { type: typeof value === 'boolean' ? BOOLEAN : type, run: () => value };
}

function bound({ environment: { binds } }: Scope, index: number): Compiled {
  const value = binds[index];
  if (value === undefined) throw compilationError(`Bind variable ${index + 1} not set.`);
  const type = typeof value === 'number' ? FIXED : typeof value === 'boolean' ? BOOLEAN : TEXT;
  return { type, run: () => value };
}

function logical(run: (frame: Frame) => SqlValue): Compiled {
  return { type: BOOLEAN, run };
}

function boolean({ run }: Compiled, test: (value: SqlValue) => SqlValue): Compiled {
  return logical((frame) => test(run(frame)));
}

function compileCall(call: Expression & { kind: 'call' }, scope: Scope, compile: Compile): Compiled {
  const { name } = call;
  if (isAggregate(name)) return compileAggregate(call, scope, compile);
  const decimal = asDecimalCast(call);
  if (decimal !== null) return compileCast(decimal, compile);
  const found = FUNCTIONS[name];
  if (found === undefined || call.star || call.distinct) throw compilationError(`Unknown function ${name}.`);
  const args = call.args.map((argument) => compileArgument(argument, scope, compile));
  if (found.textOnly === true && args[0]?.type.name !== 'text') {
    throw compilationError(
      `Function ${name} does not support ${typeText(args[0]?.type ?? TEXT)} argument type`,
    );
  }
  const { environment } = scope;
  const type =
    typeof found.type === 'function' ? found.type(args.map((argument) => argument.type)) : found.type;
  const strict = found.strict !== false;
  return {
    type,
    run: (frame) => {
      const values = args.map((argument) => argument.run(frame));
      return strict && values.includes(null) ? null : found.run(values, environment);
    },
  };
}

/** TO_DECIMAL(value, precision, scale) and similar calls, whose last two arguments are literals. */
function asDecimalCast({
  name,
  args,
}: Expression & { kind: 'call' }): (Expression & { kind: 'cast' }) | null {
  const [operand, ...sizes] = args;
  if (operand === undefined || !/^(TRY_)?TO_(NUMBER|DECIMAL|NUMERIC)$/.test(name)) return null;
  const [precision = 38, scale = 0] = sizes.map((size) => (size.kind === 'literal' ? Number(size.value) : 0));
  return {
    kind: 'cast',
    operand,
    type: { name: 'fixed', precision, scale },
    attempt: name.startsWith('TRY_'),
  };
}

/** DATE_TRUNC(HOUR, ...) names its unit as a bare word. */
function compileArgument(argument: Expression, scope: Scope, compile: Compile): Compiled {
  const isWord = argument.kind === 'column' && argument.source === null;
  const isUnit = isWord && /^(MILLI)?SECOND|^(MINUTE|HOUR|DAY)S?$/.test(argument.name);
  return isUnit && !scope.has(null, argument.name) ? constant(argument.name) : compile(argument);
}

function compileAggregate(call: Expression & { kind: 'call' }, scope: Scope, compile: Compile): Compiled {
  const { aggregates } = scope;
  if (aggregates === null)
    throw compilationError(`Invalid aggregate function in where clause [${call.name}]`);
  const [argument] = call.args;
  const compiled = argument === undefined ? null : compile(argument);
  const made = aggregate(call.name, compiled, call.distinct);
  const place = aggregates.push(made.aggregate) - 1;
  return { type: made.type, run: (frame) => frame.aggregates[place] ?? null };
}

function compileCast(
  { operand, type, attempt: tries }: Expression & { kind: 'cast' },
  compile: Compile,
): Compiled {
  const { run, type: from } = compile(operand);
  if (!tries) return { type, run: (frame) => cast(run(frame), type) };
  if (from.name !== 'text') {
    throw compilationError(
      `Function TRY_CAST cannot be used with arguments of types ${typeText(from)} and ${typeText(type)}`,
    );
  }
  return { type, run: (frame) => attempt(() => cast(run(frame), type)) };
}

function compilePath({ operand, steps }: Expression & { kind: 'path' }, compile: Compile): Compiled {
  const { run } = compile(operand);
  const keys = steps.map((key) => (typeof key === 'string' ? () => key : compile(key).run));
  return {
    type: VARIANT,
    run: (frame) => {
      let value = run(frame);
      for (const key of keys) value = step(value, scalar(key(frame)) as string | number);
      return value;
    },
  };
}

function compileBinary(
  { operator, left, right }: Expression & { kind: 'binary' },
  compile: Compile,
): Compiled {
  const a = compile(left);
  const b = compile(right);
  switch (operator) {
    case 'AND':
      return logical((frame) => {
        const x = a.run(frame);
        if (x === false) return false;
        const y = b.run(frame);
        return y === false ? false : x === null || y === null ? null : true;
      });
    case 'OR':
      return logical((frame) => {
        const x = a.run(frame);
        if (x === true) return true;
        const y = b.run(frame);
        return y === true ? true : x === null || y === null ? null : false;
      });
    case '||':
      return {
        type: TEXT,
        run: (frame) => {
          const [x, y] = [asText(a.run(frame)), asText(b.run(frame))];
          return x === null || y === null ? null : x + y;
        },
      };
    case '+':
    case '-':
    case '*':
    case '/':
    case '%': {
      const fixed = operator !== '/' && a.type.name !== 'real' && b.type.name !== 'real';
      return { type: fixed ? FIXED : REAL, run: (frame) => arithmetic(operator, a.run(frame), b.run(frame)) };
    }
    default:
      return compileComparison(operator, a, b);
  }
}

const COMPARISONS: Record<string, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compileComparison(operator: string, a: Compiled, b: Compiled): Compiled {
  const test = COMPARISONS[operator];
  if (test === undefined) throw compilationError(`Unknown operator ${operator}.`);
  return logical((frame) => {
    const order = compare(a.run(frame), b.run(frame));
    return order === null ? null : test(order);
  });
}

function compileIn({ operand, list, negated }: Expression & { kind: 'in' }, compile: Compile): Compiled {
  const { run } = compile(operand);
  const choices = list.map(compile);
  return logical((frame) =>
    isIn(
      run(frame),
      choices.map((choice) => choice.run(frame)),
      negated,
    ),
  );
}

function isIn(value: SqlValue, choices: readonly SqlValue[], negated: boolean): boolean | null {
  if (scalar(value) === null) return null;
  if (choices.some((choice) => compare(value, choice) === 0)) return !negated;
  return choices.some((choice) => scalar(choice) === null) ? null : negated;
}

function compileCase({ branches, otherwise }: Expression & { kind: 'case' }, compile: Compile): Compiled {
  const arms = branches.map(({ when, then }) => ({ when: compile(when), then: compile(then) }));
  const last = compile(otherwise);
  return {
    type: arms[0]?.then.type ?? last.type,
    run: (frame) => (arms.find(({ when }) => when.run(frame) === true)?.then ?? last).run(frame),
  };
}

function singleValue(rows: SqlValue[][]): SqlValue {
  if (rows.length > 1) throw compilationError('Single-row subquery returns more than one row.');
  return rows[0]?.[0] ?? null;
}
