import type { SqlType } from '../types.js';

/** The syntax trees of the SQL that the endpoint supports. */
export type Expression =
  | { kind: 'literal'; value: string | number | boolean | null }
  /** `index` counts from 0. */
  | { kind: 'bind'; index: number }
  | { kind: 'column'; source: string | null; name: string }
  | { kind: 'call'; name: string; args: Expression[]; distinct: boolean; star: boolean }
  | { kind: 'cast'; operand: Expression; type: SqlType; attempt: boolean }
  | { kind: 'path'; operand: Expression; steps: (string | Expression)[] }
  | { kind: 'not'; operand: Expression }
  | { kind: 'negate'; operand: Expression }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'is-null'; operand: Expression; negated: boolean }
  | { kind: 'is-distinct'; left: Expression; right: Expression; negated: boolean }
  | { kind: 'in'; operand: Expression; list: Expression[]; negated: boolean }
  | { kind: 'in-query'; operand: Expression; query: Query; negated: boolean }
  | { kind: 'exists'; query: Query }
  | { kind: 'scalar'; query: Query }
  | { kind: 'between'; operand: Expression; low: Expression; high: Expression; negated: boolean }
  | { kind: 'like'; operand: Expression; pattern: Expression; ignoreCase: boolean; negated: boolean }
  | { kind: 'case'; branches: { when: Expression; then: Expression }[]; otherwise: Expression };

export interface SelectItem {
  /** null means all columns, or those of `source`. */
  expression: Expression | null;
  source: string | null;
  alias: string | null;
}

export type Source = { alias: string | null; columnAliases: string[] } & (
  | { kind: 'table'; name: QualifiedName }
  | { kind: 'query'; query: Query }
  | { kind: 'flatten'; input: Expression; outer: boolean }
  | { kind: 'values'; rows: Expression[][] }
  | { kind: 'result-scan' }
  /** The rows that Snowpipe Streaming passes to a pipe. */
  | { kind: 'streaming-source' }
);

export interface Join {
  kind: 'inner' | 'left';
  source: Source;
  on: Expression | null;
}

export interface OrderItem {
  expression: Expression;
  descending: boolean;
  nullsFirst: boolean;
}

export interface Select {
  distinct: boolean;
  items: SelectItem[];
  from: Join[];
  where: Expression | null;
  groupBy: Expression[] | 'all';
  having: Expression | null;
}

export interface Query {
  with: { name: string; query: Query }[];
  /** Joined by UNION ALL. */
  selects: Select[];
  orderBy: OrderItem[];
  limit: Expression | null;
}

/** `name` is the object's own name, the last part; `parts` are those before it. */
export interface QualifiedName {
  parts: string[];
  name: string;
}

export interface ColumnDefinition {
  name: string;
  type: SqlType;
  nullable: boolean;
  default: Expression | null;
  /** The default's original text. */
  defaultText: string | null;
}

export interface Assignment {
  column: string;
  value: Expression;
}

/** The COPY INTO of a pipe that Snowpipe Streaming feeds. */
export interface StreamingCopy {
  table: QualifiedName;
  columns: string[] | null;
  /** From the streaming source, whose only column is `$1`. */
  query: Query;
  /** MATCH_BY_COLUMN_NAME: the query is `SELECT *`, and the keys of a row name the columns. */
  match: 'CASE_INSENSITIVE' | 'CASE_SENSITIVE' | null;
  /** The statement's original text. */
  text: string;
}

export type Statement =
  | { kind: 'begin' }
  | { kind: 'commit' }
  | { kind: 'rollback' }
  | { kind: 'select'; query: Query }
  /** Locks the rows that it selects from a hybrid table. */
  | { kind: 'select-for-update'; query: Query; waitSeconds: number }
  | {
      kind: 'insert';
      overwrite: boolean;
      table: QualifiedName;
      columns: string[] | null;
      query: Query | null;
      values: Expression[][];
    }
  | {
      kind: 'update';
      table: QualifiedName;
      alias: string | null;
      assignments: Assignment[];
      from: Join[];
      where: Expression | null;
    }
  | { kind: 'delete'; table: QualifiedName; alias: string | null; using: Join[]; where: Expression | null }
  | { kind: 'truncate'; table: QualifiedName }
  | {
      kind: 'create-table';
      table: QualifiedName;
      temporary: boolean;
      /** With row locks and an enforced primary key. */
      hybrid: boolean;
      orReplace: boolean;
      ifNotExists: boolean;
      columns: ColumnDefinition[];
      /** The names of its columns; empty if there is none. */
      primaryKey: string[];
      /** CREATE TABLE ... AS and ... LIKE. */
      query: Query | null;
      like: QualifiedName | null;
    }
  | { kind: 'create-schema'; name: QualifiedName; ifNotExists: boolean }
  | {
      kind: 'create-view';
      view: QualifiedName;
      orReplace: boolean;
      ifNotExists: boolean;
      /** The names of its columns; empty to use those of the query. */
      columns: string[];
      query: Query;
    }
  | {
      kind: 'create-pipe';
      pipe: QualifiedName;
      orReplace: boolean;
      ifNotExists: boolean;
      copy: StreamingCopy;
    }
  | { kind: 'add-columns'; table: QualifiedName; columns: (ColumnDefinition & { ifNotExists: boolean })[] }
  | { kind: 'drop-columns'; table: QualifiedName; columns: string[]; ifExists: boolean }
  | { kind: 'drop'; what: 'TABLE' | 'VIEW' | 'SCHEMA' | 'PIPE'; name: QualifiedName; ifExists: boolean }
  | { kind: 'alter-session'; set: Record<string, string>; unset: string[] }
  | { kind: 'use'; what: 'WAREHOUSE' | 'DATABASE' | 'SCHEMA' | 'ROLE' | 'SECONDARY ROLES'; name: string }
  | { kind: 'show'; what: string; table: QualifiedName | null; like: string | null; schema: string | null }
  | { kind: 'describe'; what: 'TABLE' | 'PIPE'; name: QualifiedName }
  /** Accepted and recorded only: grants, comments, roles. */
  | { kind: 'recorded'; verb: string };

/** Whether the test holds for the expression or a part of it. Does not look into subqueries. */
export function hasPart(expression: Expression, test: (part: Expression) => boolean): boolean {
  return test(expression) || Object.values(expression).some((child: unknown) => holds(child, test));
}

function holds(child: unknown, test: (part: Expression) => boolean): boolean {
  if (typeof child !== 'object' || child === null || 'selects' in child) return false;
  if (isExpression(child)) return hasPart(child, test);
  return Object.values(child).some((part: unknown) => holds(part, test));
}

function isExpression(value: object): value is Expression {
  return 'kind' in value;
}
