import { sqlError } from './errors.js';
import { Locks } from './state/locks.js';
import { STATEMENT_TYPE, type Result } from './state/result.js';
import type { Session } from './state/sessions.js';
import { Sessions } from './state/sessions.js';
import type { JsonRules } from './sql/evaluation/json.js';
import { parseStatement } from './sql/parsing/parse-statement.js';
import type { Statement } from './sql/parsing/syntax.js';
import type { AfterWait, Shared, StatementRequest } from './statements/execution.js';
import { Execution } from './statements/execution.js';
import type { Runnable } from './statements/registry.js';
import { execute, isDdl, isDml, needsWarehouse } from './statements/registry.js';
import { done } from './statements/rows.js';
import { Catalog } from './state/tables.js';
import { Transaction } from './state/transactions.js';

export interface WarehouseOptions {
  account: string;
  database: string;
  schema: string;
  json: JsonRules;
  afterWait: AfterWait;
  oldReadsMs: number;
  idleAbortMs: number;
  maxWaiters: number;
  hybridTables: boolean;
  rowLocksShownAfterMs: number;
  countOnly: readonly string[];
}

/** `ready`, or the reason why statements that need a warehouse fail. */
export type WarehouseState = 'ready' | 'missing' | 'suspended' | 'over-quota';

const PARSED_LIMIT = 1000;

/** The state of the endpoint: tables, sessions, transactions and locks. */
export class Warehouse implements Shared {
  readonly catalog: Catalog;
  readonly schemas = new Map<string, Catalog>();
  readonly sessions = new Sessions();
  readonly locks: Locks;
  readonly json: JsonRules;
  readonly account: string;
  readonly revoked = new Set<string>();
  afterWait: AfterWait;
  oldReadsMs: number;
  hybridTables: boolean;
  state: WarehouseState = 'ready';
  private readonly parsed = new Map<string, Statement>();
  private readonly countOnly: ReadonlySet<string>;

  constructor(options: WarehouseOptions) {
    const { database, schema, countOnly, idleAbortMs, maxWaiters, rowLocksShownAfterMs } = options;
    this.account = options.account;
    this.countOnly = new Set(countOnly);
    this.catalog = this.createSchema(database, schema);
    this.json = options.json;
    this.afterWait = options.afterWait;
    this.oldReadsMs = options.oldReadsMs;
    this.hybridTables = options.hybridTables;
    const abort = (holder: Transaction) => {
      this.end(holder, 'rollback');
    };
    this.locks = new Locks({ idleAbortMs, maxWaiters, rowLocksShownAfterMs, abort });
  }

  /** @throws SqlError 001003 for a statement that the endpoint does not support */
  parse(sql: string): Statement {
    let statement = this.parsed.get(sql);
    if (statement === undefined) {
      statement = parseStatement(sql);
      if (this.parsed.size >= PARSED_LIMIT) this.parsed.clear();
      this.parsed.set(sql, statement);
    }
    return statement;
  }

  /** @throws SqlError */
  async run(session: Session, statement: Statement, request: StatementRequest): Promise<Result> {
    const { transaction } = session;
    if (transaction !== null) transaction.running++;
    try {
      const result = await this.answer(session, statement, request);
      session.lastResult = result;
      return result;
    } catch (error) {
      this.failed(session);
      throw error;
    } finally {
      session.lastQueryId = request.queryId;
      if (transaction !== null) {
        transaction.running--;
        transaction.lastActiveAt = Date.now();
      }
    }
  }

  /** Applies the effect of a failed statement on its session's transaction. */
  failed(session: Session): void {
    if (session.transaction === null || !session.flag('TRANSACTION_ABORT_ON_ERROR')) return;
    this.end(session.transaction, 'rollback');
    session.transactionAborted = true;
  }

  createSchema(database: string, name: string): Catalog {
    const schema = new Catalog(database, name, this.countOnly);
    this.schemas.set(name, schema);
    return schema;
  }

  /** Ending a session rolls its transaction back and drops its temporary tables. */
  endSession(session: Session): void {
    if (session.transaction !== null) this.end(session.transaction, 'rollback');
    this.sessions.remove(session);
  }

  /** The open transactions of all sessions; a statement's own transaction is not included. */
  openTransactions(): Transaction[] {
    return this.sessions.all().flatMap(({ transaction }) => transaction ?? []);
  }

  /** Ends every open transaction, as an account administrator can. */
  abortTransactions(): void {
    for (const transaction of this.openTransactions()) this.end(transaction, 'rollback');
  }

  abortTransaction(id: string, { user }: Session): string {
    const transaction = this.openTransactions().find((each) => each.id === id);
    if (transaction === undefined) return `Transaction ${id} is not running.`;
    if (transaction.user !== user) {
      throw sqlError(
        'insufficientPrivileges',
        `SQL access control error:\nInsufficient privileges to abort transaction ${id}`,
      );
    }
    this.end(transaction, 'rollback');
    return `Aborted transaction id: ${id}`;
  }

  private async answer(session: Session, statement: Statement, request: StatementRequest): Promise<Result> {
    if (statement.kind === 'begin') return this.begin(session, request);
    if (statement.kind === 'commit' || statement.kind === 'rollback') {
      return this.finish(session, statement.kind, request);
    }
    return this.execute(session, statement, request);
  }

  /** BEGIN inside a transaction changes nothing. */
  private async begin(session: Session, request: StatementRequest): Promise<Result> {
    this.refuseAborted(session);
    const started = session.transaction ?? new Transaction(session.id, session.user);
    await new Execution(this, session, started, request).hold();
    session.transaction = started;
    return done(STATEMENT_TYPE.transaction);
  }

  /** COMMIT and ROLLBACK without a transaction change nothing; a COMMIT of an aborted one is a rollback. */
  private async finish(
    session: Session,
    how: 'commit' | 'rollback',
    request: StatementRequest,
  ): Promise<Result> {
    const { transaction } = session;
    const subject = transaction ?? new Transaction(session.id, session.user);
    await new Execution(this, session, subject, request).hold();
    session.transactionAborted = false;
    if (transaction !== null) this.end(transaction, how);
    return done(STATEMENT_TYPE.transaction);
  }

  private async execute(session: Session, statement: Runnable, request: StatementRequest): Promise<Result> {
    this.refuseAborted(session);
    if (needsWarehouse(statement)) this.requireWarehouse(session);
    if (isDdl(statement) && session.transaction !== null) this.end(session.transaction, 'commit');
    const opens = isDml(statement) || statement.kind === 'select-for-update';
    if (opens && !session.flag('AUTOCOMMIT'))
      session.transaction ??= new Transaction(session.id, session.user);
    if (session.transaction !== null) {
      return execute(statement, new Execution(this, session, session.transaction, request));
    }
    const own = new Transaction(session.id, session.user);
    own.running++;
    try {
      const result = await execute(statement, new Execution(this, session, own, request));
      this.end(own, 'commit');
      return result;
    } finally {
      if (own.isOpen) this.end(own, 'rollback');
    }
  }

  private end(transaction: Transaction, how: 'commit' | 'rollback'): void {
    if (transaction.isOpen) {
      if (how === 'commit') transaction.commit(this.oldReadsMs > 0);
      else transaction.rollback();
    }
    this.locks.release(transaction);
    for (const session of this.sessions.all()) {
      if (session.transaction === transaction) session.transaction = null;
    }
  }

  private refuseAborted({ transactionAborted }: Session): void {
    if (transactionAborted) {
      throw sqlError(
        'transactionAborted',
        'The transaction was aborted by an error of an earlier statement. End it with COMMIT or ROLLBACK.',
      );
    }
  }

  private requireWarehouse({ warehouse }: Session): void {
    const name = warehouse ?? '';
    if (this.state === 'missing' || warehouse === null) {
      throw sqlError(
        'noActiveWarehouse',
        "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.",
      );
    }
    if (this.state === 'suspended') {
      throw sqlError('warehouseSuspended', `Warehouse '${name}' is suspended.`);
    }
    if (this.state === 'over-quota') {
      throw sqlError(
        'warehouseOverQuota',
        `Warehouse '${name}' cannot be resumed because resource monitor 'MONITOR' has exceeded its quota.`,
      );
    }
  }
}
