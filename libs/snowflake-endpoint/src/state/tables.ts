import { sqlError } from '../errors.js';
import type { ColumnDefinition, Query, StreamingCopy } from '../sql/parsing/syntax.js';
import type { SqlType, SqlValue } from '../sql/types.js';
import { BOOLEAN, FIXED, TEXT, typeText } from '../sql/types.js';

/** Values in the order of the table's columns. Changes keep the array itself. */
export type Row = SqlValue[];

export interface Column {
  name: string;
  type: SqlType;
}

/** Anything that a query can read. */
export interface Relation {
  columns: Column[];
  rows: Row[];
}

/** The rows of a table as they were before a commit. */
export interface OldRows {
  sessionId: number;
  committedAtMs: number;
  /** Each row, and its values at that time. */
  rows: { row: Row; values: Row }[];
}

/** The lock of one row of a hybrid table; the row need not exist yet. */
export class RowLock {
  constructor(readonly table: Table) {}

  get name(): string {
    return this.table.name;
  }
}

export class Table {
  /** By the values of the key. */
  private readonly rowLocks = new Map<string, RowLock>();
  /** The committed rows. */
  rows: Row[] = [];
  /** Committed rows that were counted and not kept; see {@link countOnly}. */
  unkept = 0;
  /** The rows before the last commit, by the session that made it; only if old reads are played. */
  before: OldRows | null = null;
  /** Inserts are only counted, without computing their values, so that a long run needs little memory and CPU. */
  countOnly = false;

  constructor(
    readonly name: string,
    readonly columns: ColumnDefinition[],
    readonly temporary: boolean,
    /** The columns of a hybrid table's primary key, which is enforced; null for a standard table. */
    readonly hybridKey: readonly string[] | null = null,
  ) {}

  /** The values of a row's primary key as one text. */
  keyOf(row: Row): string {
    return JSON.stringify((this.hybridKey ?? []).map((column) => row[this.indexOf(column)]));
  }

  rowLock(row: Row): RowLock {
    const key = this.keyOf(row);
    let lock = this.rowLocks.get(key);
    if (lock === undefined) {
      lock = new RowLock(this);
      this.rowLocks.set(key, lock);
    }
    return lock;
  }

  get count(): number {
    return this.rows.length + this.unkept;
  }

  /** The index of a column in a row. */
  indexOf(column: string): number {
    const index = this.columns.findIndex(({ name }) => name === column);
    if (index < 0) {
      throw sqlError('invalidIdentifier', `SQL compilation error:\ninvalid identifier '${column}'`);
    }
    return index;
  }

  append(rows: readonly Row[]): void {
    if (this.countOnly) this.unkept += rows.length;
    else for (const row of rows) this.rows.push(row);
  }
}

/** A named query, with names for its columns if it was given some. */
export interface View {
  query: Query;
  columns: string[];
}

/** A pipe that Snowpipe Streaming feeds. One that replaces another is a new object. */
export interface PipeDefinition {
  name: string;
  schema: string;
  createdAt: Date;
  copy: StreamingCopy;
}

/** The permanent tables, views and pipes of a schema. */
export class Catalog {
  readonly tables = new Map<string, Table>();
  readonly views = new Map<string, View>();
  readonly pipes = new Map<string, PipeDefinition>();

  constructor(
    readonly database: string,
    readonly schema: string,
    private readonly countOnly: ReadonlySet<string>,
  ) {}

  add(table: Table): void {
    table.countOnly = this.countOnly.has(table.name);
    this.tables.set(table.name, table);
  }

  informationSchema(view: string): Relation | null {
    if (view === 'COLUMNS') return this.columnsView();
    if (view === 'TABLES') return this.tablesView();
    return null;
  }

  private columnsView(): Relation {
    const columns = [
      text('TABLE_CATALOG'),
      text('TABLE_SCHEMA'),
      text('TABLE_NAME'),
      text('COLUMN_NAME'),
      number('ORDINAL_POSITION'),
      text('IS_NULLABLE'),
      text('DATA_TYPE'),
      number('CHARACTER_MAXIMUM_LENGTH'),
      number('NUMERIC_PRECISION'),
      number('NUMERIC_SCALE'),
      number('DATETIME_PRECISION'),
    ];
    const rows = [...this.tables.values()].flatMap((table) =>
      table.columns.map(({ name, type, nullable }, index) => [
        this.database,
        this.schema,
        table.name,
        name,
        index + 1,
        nullable ? 'YES' : 'NO',
        dataType(type),
        type.length ?? null,
        type.precision ?? null,
        type.name === 'fixed' ? (type.scale ?? 0) : null,
        type.name.startsWith('timestamp') ? (type.scale ?? 9) : null,
      ]),
    );
    return { columns, rows };
  }

  private tablesView(): Relation {
    const columns = [
      text('TABLE_CATALOG'),
      text('TABLE_SCHEMA'),
      text('TABLE_NAME'),
      text('TABLE_TYPE'),
      number('ROW_COUNT'),
      { name: 'IS_TEMPORARY', type: BOOLEAN },
    ];
    const rows: Row[] = [
      ...[...this.tables.values()].map((table) => [
        this.database,
        this.schema,
        table.name,
        'BASE TABLE',
        table.count,
        false,
      ]),
      ...[...this.views.keys()].map((name) => [this.database, this.schema, name, 'VIEW', null, false]),
    ];
    return { columns, rows };
  }
}

/** DATA_TYPE of INFORMATION_SCHEMA names the family of a type, without its size. */
function dataType(type: SqlType): string {
  return type.name === 'text' ? 'TEXT' : (typeText(type).split('(')[0] ?? '');
}

function text(name: string): Column {
  return { name, type: TEXT };
}

function number(name: string): Column {
  return { name, type: FIXED };
}
