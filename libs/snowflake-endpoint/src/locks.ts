import { sqlError } from './errors.js';
import type { Table } from './tables.js';
import type { Transaction } from './transactions.js';
import { transactionEnded } from './transactions.js';

export interface LockRequest {
  table: Table;
  transaction: Transaction;
  queryId: string;
  /** LOCK_TIMEOUT of the session. */
  timeoutMs: number;
  /** Ends the wait with its reason: the statement was cancelled or timed out. */
  signal: AbortSignal;
}

export interface LockLimits {
  /** A transaction that blocks others is ended once it has been idle for this long; 5 minutes at Snowflake. */
  idleAbortMs: number;
  /** The maximum number of statements that wait for one lock. */
  maxWaiters: number;
  /** Ends a transaction that was idle for too long. */
  abort(holder: Transaction): void;
}

interface Waiter extends LockRequest {
  grant(): void;
  refuse(reason: Error): void;
}

interface Lock {
  holder: Transaction;
  queryId: string;
  acquiredAt: Date;
  waiters: Waiter[];
}

/** UPDATE, DELETE and MERGE hold a table's lock until their transaction ends; the next one waits in line. */
export class TableLocks {
  private readonly locks = new Map<Table, Lock>();

  constructor(private readonly limits: LockLimits) {}

  /**
   * Takes the table's lock for the transaction. Returns whether it had to wait.
   *
   * @throws SqlError 000625 and 000627, and the reason of the signal
   */
  async acquire(request: LockRequest): Promise<boolean> {
    const { table, transaction, queryId } = request;
    const lock = this.locks.get(table);
    if (lock === undefined) {
      this.locks.set(table, { holder: transaction, queryId, acquiredAt: new Date(), waiters: [] });
      return false;
    }
    if (lock.holder === transaction) return false;
    if (lock.waiters.length >= this.limits.maxWaiters) {
      throw sqlError(
        'tooManyWaiters',
        `${this.blockedBy(lock, request)} was aborted because the number of waiters for this lock exceeds ` +
          `the ${this.limits.maxWaiters} statements limit.`,
      );
    }
    await this.wait(lock, request);
    return true;
  }

  /** Releases all locks of a transaction that has ended, and removes it from every queue. */
  release(transaction: Transaction): void {
    for (const [table, lock] of this.locks) {
      for (const waiter of lock.waiters.filter((each) => each.transaction === transaction)) {
        waiter.refuse(transactionEnded(transaction));
      }
      lock.waiters = lock.waiters.filter((waiter) => waiter.transaction !== transaction);
      if (lock.holder !== transaction) continue;
      const next = lock.waiters.shift();
      if (next === undefined) this.locks.delete(table);
      else {
        Object.assign(lock, { holder: next.transaction, queryId: next.queryId, acquiredAt: new Date() });
        next.grant();
      }
    }
  }

  /** Held and awaited locks, as in SHOW LOCKS. */
  list(): { table: string; transaction: Transaction; queryId: string; acquiredAt: Date | null }[] {
    return [...this.locks].flatMap(([{ name: table }, { holder, queryId, acquiredAt, waiters }]) => [
      { table, transaction: holder, queryId, acquiredAt },
      ...waiters.map((waiter) => ({
        table,
        transaction: waiter.transaction,
        queryId: waiter.queryId,
        acquiredAt: null,
      })),
    ]);
  }

  private async wait(lock: Lock, request: LockRequest): Promise<void> {
    const { timeoutMs, signal } = request;
    const timers: NodeJS.Timeout[] = [];
    let leave: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = { ...request, grant: resolve, refuse: reject };
        lock.waiters.push(waiter);
        leave = () => {
          lock.waiters = lock.waiters.filter((other) => other !== waiter);
        };
        const seconds = timeoutMs / 1000;
        timers.push(
          setTimeout(
            () => {
              reject(
                sqlError(
                  'lockTimeout',
                  `${this.blockedBy(lock, request)} was aborted because waiting for this lock is limited to ${seconds} seconds.`,
                ),
              );
            },
            Math.min(timeoutMs, 2 ** 31 - 1),
          ),
        );
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
        this.watchIdleHolder(lock, timers);
      });
    } finally {
      timers.forEach(clearTimeout);
      leave?.();
    }
  }

  private watchIdleHolder(lock: Lock, timers: NodeJS.Timeout[]): void {
    const { holder } = lock;
    const idleFor = holder.running > 0 ? 0 : Date.now() - holder.lastActiveAt;
    const check = setTimeout(
      () => {
        const idle = lock.holder === holder && holder.running === 0;
        if (idle && Date.now() - holder.lastActiveAt >= this.limits.idleAbortMs) this.limits.abort(holder);
        else this.watchIdleHolder(lock, timers);
      },
      Math.max(this.limits.idleAbortMs - idleFor, 1),
    );
    timers.push(check);
  }

  private blockedBy({ holder, queryId }: Lock, { table, queryId: waiting }: LockRequest): string {
    return (
      `Statement '${queryId}' has locked table '${table.name}' in transaction ${holder.id} and this lock has ` +
      `not yet been released.\nYour statement '${waiting}'`
    );
  }
}
