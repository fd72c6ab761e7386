import type { SqlError } from '../errors.js';
import { sqlError } from '../errors.js';
import type { Row, Table } from './tables.js';

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
    const { cleared, inserted, updated, deleted } = writes;
    if (cleared) return inserted;
    if (updated.size === 0 && deleted.size === 0) return [...table.rows, ...inserted];
    const kept = table.rows.filter((row) => !deleted.has(row)).map((row) => updated.get(row) ?? row);
    return [...kept, ...inserted];
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

  commit(): void {
    this.state = 'committed';
    for (const [table, { cleared, inserted, counted, updated, deleted }] of this.writes) {
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
      writes = { cleared: false, inserted: [], counted: 0, updated: new Map(), deleted: new Set() };
      this.writes.set(table, writes);
    }
    return writes;
  }
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
