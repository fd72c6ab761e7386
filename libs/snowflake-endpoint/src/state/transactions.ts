import type { SqlError } from '../errors.js';
import { sqlError } from '../errors.js';
import type { OldRows, Row, Table } from './tables.js';

/** A transaction's changes to one table. */
interface Writes {
  /** INSERT OVERWRITE and TRUNCATE: the committed rows are gone. */
  cleared: boolean;
  inserted: Row[];
  /** Rows that were inserted, but only counted. */
  counted: number;
  /** The new values of committed rows. */
  updated: Map<Row, Row>;
  deleted: Set<Row>;
}

let lastId = 0;

/** Uncommitted writes over the committed tables. Other transactions see none of them. */
export class Transaction {
  /** Increases with every transaction; Snowflake's ids are nanoseconds since 1970. */
  readonly id = `${Date.now()}${String(++lastId % 1_000_000).padStart(6, '0')}`;
  readonly startedAt = new Date();
  state: 'open' | 'committed' | 'rolled-back' = 'open';
  /** The number of running statements; 0 if the transaction is idle. */
  running = 0;
  lastActiveAt = Date.now();
  private readonly writes = new Map<Table, Writes>();

  constructor(
    readonly sessionId: number,
    readonly user: string,
  ) {}

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** The rows as a statement of this transaction sees them now. */
  visible(table: Table): Row[] {
    const writes = this.writes.get(table);
    if (writes === undefined) return table.rows;
    if (!writes.cleared && writes.updated.size === 0 && writes.deleted.size === 0) {
      return [...table.rows, ...writes.inserted];
    }
    return changedBy(writes, table.rows, (row) => row);
  }

  /** The rows as they were before another session's last commit, with this transaction's own changes. */
  visibleBefore({ rows }: OldRows, table: Table): Row[] {
    const old = new Map(rows.map(({ row, values }) => [row, values]));
    const writes = this.writes.get(table) ?? noWrites();
    return changedBy(writes, [...old.keys()], (row) => old.get(row) ?? row);
  }

  insert(table: Table, rows: readonly Row[]): void {
    const { inserted } = this.writesTo(table);
    for (const row of rows) inserted.push(row);
  }

  /** An insert into a table whose rows are only counted. */
  insertCounted(table: Table, count: number): void {
    this.writesTo(table).counted += count;
  }

  overwrite(table: Table, rows: Row[]): void {
    this.writes.set(table, {
      cleared: true,
      inserted: rows,
      counted: 0,
      updated: new Map(),
      deleted: new Set(),
    });
  }

  /** @param row as returned by {@link visible} */
  update(table: Table, row: Row, values: Row): void {
    const { inserted, updated } = this.writesTo(table);
    const base = baseOf(row, updated);
    const own = inserted.indexOf(row);
    if (own >= 0) inserted[own] = values;
    else updated.set(base, values);
  }

  delete(table: Table, row: Row): void {
    const { inserted, updated, deleted } = this.writesTo(table);
    const own = inserted.indexOf(row);
    if (own >= 0) inserted.splice(own, 1);
    else {
      const base = baseOf(row, updated);
      updated.delete(base);
      deleted.add(base);
    }
  }

  /** @param keepsOld whether other sessions may go on reading the rows as they were */
  commit(keepsOld = false): void {
    this.state = 'committed';
    for (const [table, { cleared, inserted, counted, updated, deleted }] of this.writes) {
      if (keepsOld) {
        const rows = table.rows.map((row) => ({ row, values: [...row] }));
        table.before = { sessionId: this.sessionId, committedAtMs: performance.now(), rows };
      }
      if (cleared) table.rows = [];
      else {
        for (const [row, values] of updated) row.splice(0, row.length, ...values);
        if (deleted.size > 0) table.rows = table.rows.filter((row) => !deleted.has(row));
      }
      table.append(inserted);
      table.unkept += counted;
    }
    this.writes.clear();
  }

  rollback(): void {
    this.state = 'rolled-back';
    this.writes.clear();
  }

  private writesTo(table: Table): Writes {
    let writes = this.writes.get(table);
    if (writes === undefined) {
      writes = noWrites();
      this.writes.set(table, writes);
    }
    return writes;
  }
}

function noWrites(): Writes {
  return { cleared: false, inserted: [], counted: 0, updated: new Map(), deleted: new Set() };
}

function changedBy(
  { cleared, inserted, updated, deleted }: Writes,
  rows: readonly Row[],
  valuesOf: (row: Row) => Row,
): Row[] {
  if (cleared) return inserted;
  const kept = rows.filter((row) => !deleted.has(row)).map((row) => updated.get(row) ?? valuesOf(row));
  return [...kept, ...inserted];
}

/** The committed row of one that this transaction has already changed. */
function baseOf(row: Row, updated: Map<Row, Row>): Row {
  for (const [base, values] of updated) if (values === row) return base;
  return row;
}

/** The error of a statement whose transaction somebody else ended. */
export function transactionEnded({ id }: Transaction): SqlError {
  return sqlError('transactionAborted', `Transaction ${id} was aborted.`);
}
