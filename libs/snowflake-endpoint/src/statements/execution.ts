import { setTimeout as wait } from 'node:timers/promises';
import { compilationError, objectMissing, sqlError } from '../errors.js';
import type { Locks } from '../state/locks.js';
import type { Session } from '../state/sessions.js';
import type { JsonRules } from '../sql/evaluation/json.js';
import type { Environment } from '../sql/evaluation/scope.js';
import type { QualifiedName } from '../sql/parsing/syntax.js';
import type { SqlValue } from '../sql/types.js';
import type { Catalog, Relation, Row, Table, View } from '../state/tables.js';
import type { Transaction } from '../state/transactions.js';
import { transactionEnded } from '../state/transactions.js';

/**
 * An UPDATE that waited for the lock sees the rows as they are now (`reevaluate`), or as they were when it began
 * (`statement-start`). Snowflake's documentation does not say which.
 */
export type AfterWait = 'reevaluate' | 'statement-start';

/** State that all statements share. */
export interface Shared {
  /** The initial schema. */
  catalog: Catalog;
  /** All schemas of its database, by name. */
  schemas: Map<string, Catalog>;
  createSchema(database: string, name: string): Catalog;
  locks: Locks;
  json: JsonRules;
  account: string;
  afterWait: AfterWait;
  /** For how long a query may read a table as it was before another session's last commit; 0 if never. */
  oldReadsMs: number;
  /** Whether the account has hybrid tables. */
  hybridTables: boolean;
  /** Privileges that roles lack, such as `INSERT RAW_EVENTS_STREAM`. */
  revoked: Set<string>;
  openTransactions(): Transaction[];
  /** Ends an open transaction by its id. Returns the message of SYSTEM$ABORT_TRANSACTION. */
  abortTransaction(id: string, by: Session): string;
}

/** The parameters of a statement's execution. */
export interface StatementRequest {
  binds: SqlValue[];
  queryId: string;
  /** Aborts the statement, with an SqlError as its reason. */
  signal: AbortSignal;
  /** How long the statement takes. */
  holdMs: number;
}

/** One running statement. */
export class Execution implements Environment {
  readonly now = new Date();
  readonly json: JsonRules;

  readonly binds: SqlValue[];
  readonly queryId: string;
  readonly signal: AbortSignal;
  private readonly holdMs: number;

  constructor(
    readonly shared: Shared,
    readonly session: Session,
    /** The session's transaction, or the statement's own if none is open. */
    readonly transaction: Transaction,
    { binds, queryId, signal, holdMs }: StatementRequest,
  ) {
    this.json = shared.json;
    this.binds = binds;
    this.queryId = queryId;
    this.signal = signal;
    this.holdMs = holdMs;
  }

  /** A temporary table hides a permanent one of the same name. */
  table(qualified: QualifiedName): Table {
    const { name } = qualified;
    const { tables } = this.catalog(qualified);
    const table = this.session.temporaryTables.get(name) ?? tables.get(name);
    if (table === undefined) throw objectMissing(name);
    return table;
  }

  relation(name: QualifiedName): Relation {
    if (name.parts.at(-1) === 'INFORMATION_SCHEMA') {
      const view = this.shared.catalog.informationSchema(name.name);
      if (view === null) throw objectMissing(`INFORMATION_SCHEMA.${name.name}`);
      return view;
    }
    const table = this.table(name);
    this.require('SELECT', table);
    return { columns: table.columns, rows: this.readable(table) };
  }

  /** What a query reads. Only it may be old: the rows that a statement changes are always the newest. */
  private readable(table: Table): Row[] {
    const { before } = table;
    const isOld =
      before !== null &&
      (table.hybridKey === null || !this.session.flag('READ_LATEST_WRITES')) &&
      before.sessionId !== this.session.id &&
      performance.now() - before.committedAtMs < this.shared.oldReadsMs;
    return isOld ? this.transaction.visibleBefore(before, table) : this.transaction.visible(table);
  }

  /** The schema of a name, from its own parts or from the session. */
  catalog({ parts, name }: QualifiedName): Catalog {
    const { catalog, schemas } = this.shared;
    const schema = parts.at(-1) ?? this.session.schema;
    const database = parts.at(-2) ?? this.session.database;
    if (database === null) {
      throw sqlError(
        'noCurrentDatabase',
        "Cannot perform operation. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.",
      );
    }
    if (schema === null) {
      throw sqlError(
        'noCurrentSchema',
        "Cannot perform operation. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name.",
      );
    }
    const found = database === catalog.database ? schemas.get(schema) : undefined;
    if (found === undefined) throw objectMissing([database, schema, name].join('.'));
    return found;
  }

  view({ parts, name }: QualifiedName): View | null {
    const schema = parts.at(-1) ?? this.session.schema ?? '';
    return this.shared.schemas.get(schema)?.views.get(name) ?? null;
  }

  lastResult(): Relation {
    const result = this.session.lastResult;
    if (result === null) throw sqlError('compilation', 'SQL compilation error:\nno result to scan');
    return result;
  }

  streamed(): never {
    throw compilationError("DATA_SOURCE(TYPE => 'STREAMING') is the source of a pipe only.");
  }

  get timeZone(): string {
    return this.session.parameter('TIMEZONE');
  }

  context(name: string): string | null {
    const { session, shared } = this;
    const values: Record<string, string | null> = {
      ACCOUNT: shared.account,
      USER: session.user,
      ROLE: session.role,
      WAREHOUSE: session.warehouse,
      DATABASE: session.database,
      SCHEMA: session.schema,
      SESSION: String(session.id),
      TRANSACTION: session.transaction?.id ?? null,
      LAST_QUERY: session.lastQueryId,
    };
    return values[name] ?? null;
  }

  abortTransaction(id: string): string {
    return this.shared.abortTransaction(id, this.session);
  }

  /** @throws SqlError 003001 */
  require(privilege: string, { name, temporary }: Table): void {
    if (temporary || !this.shared.revoked.has(`${privilege} ${name}`)) return;
    throw sqlError(
      'insufficientPrivileges',
      `SQL access control error:\nInsufficient privileges to operate on table '${name}'`,
    );
  }

  /** Waits for the table's lock, which the transaction then keeps. Returns whether it had to wait. */
  async lock(table: Table): Promise<boolean> {
    if (table.temporary) return false;
    const timeoutMs = Number(this.session.parameter('LOCK_TIMEOUT')) * 1000;
    const { transaction, queryId, signal } = this;
    return this.shared.locks.acquire({ resource: table, transaction, queryId, timeoutMs, signal });
  }

  /** Waits for the locks of a hybrid table's rows, one after the other. Returns whether it had to wait for any. */
  async lockRows(
    table: Table,
    rows: readonly Row[],
    waitSeconds = Number(this.session.parameter('HYBRID_TABLE_LOCK_TIMEOUT')),
  ): Promise<boolean> {
    const { transaction, queryId, signal } = this;
    let waited = false;
    for (const resource of new Set(rows.map((row) => table.rowLock(row)))) {
      const request = { resource, transaction, queryId, timeoutMs: waitSeconds * 1000, signal };
      if (await this.shared.locks.acquire(request)) waited = true;
    }
    return waited;
  }

  /**
   * Waits for the time that a statement takes. Rows are changed after it, all at once.
   *
   * @param since when the statement's work began, on the monotonic clock: time already spent counts
   */
  async hold(since = performance.now()): Promise<void> {
    const restMs = this.holdMs - (performance.now() - since);
    if (restMs > 0) {
      try {
        await wait(restMs, undefined, { signal: this.signal });
      } catch {
        // The reason is thrown below.
      }
    }
    this.signal.throwIfAborted();
    if (!this.transaction.isOpen) throw transactionEnded(this.transaction);
  }
}
