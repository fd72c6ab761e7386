import { sqlError } from '../errors.js';
import { RowLock, type Table } from './tables.js';
import type { Transaction } from './transactions.js';
import { transactionEnded } from './transactions.js';

/** A standard table, or a row of a hybrid one. */
type Resource = Table | RowLock;

export interface LockRequest {
  resource: Resource;
  transaction: Transaction;
  queryId: string;
  timeoutMs: number;
  /** Ends the wait with its reason: the statement was cancelled or timed out. */
  signal: AbortSignal;
}

export interface LockLimits {
  /** A transaction that blocks others is ended once it has been idle for this long; 5 minutes at Snowflake. */
  idleAbortMs: number;
  /** The maximum number of statements that wait for one lock. */
  maxWaiters: number;
  /** How long a row lock has to block a statement before it is listed; about 5 seconds at Snowflake. */
  rowLocksShownAfterMs: number;
  /** Ends a transaction that was idle for too long. */
  abort(holder: Transaction): void;
}

interface Waiter extends LockRequest {
  since: number;
  grant(): void;
  refuse(reason: Error): void;
}

interface Lock {
  holder: Transaction;
  queryId: string;
  acquiredAt: Date;
  waiters: Waiter[];
}

/** A held or awaited lock, as in SHOW LOCKS. */
export interface ListedLock {
  resource: Resource;
  transaction: Transaction;
  holder: Transaction;
  queryId: string;
  /** Null for one that is awaited. */
  acquiredAt: Date | null;
}

/**
 * UPDATE and DELETE hold the lock of a standard table, or those of a hybrid table's rows, until their transaction ends;
 * the next one waits in line.
 */
export class Locks {
  private readonly locks = new Map<Resource, Lock>();

  constructor(private readonly limits: LockLimits) {}

  /**
   * Takes the lock for the transaction. Returns whether it had to wait.
   *
   * @throws SqlError 000625 and 000627, or the code of a row's time-out; and the reason of the signal
   */
  async acquire(request: LockRequest): Promise<boolean> {
    const { resource, transaction, queryId } = request;
    const lock = this.locks.get(resource);
    if (lock === undefined) {
      this.locks.set(resource, { holder: transaction, queryId, acquiredAt: new Date(), waiters: [] });
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
    for (const [resource, lock] of this.locks) {
      for (const waiter of lock.waiters.filter((each) => each.transaction === transaction)) {
        waiter.refuse(transactionEnded(transaction));
      }
      lock.waiters = lock.waiters.filter((waiter) => waiter.transaction !== transaction);
      if (lock.holder !== transaction) continue;
      const next = lock.waiters.shift();
      if (next === undefined) this.locks.delete(resource);
      else {
        Object.assign(lock, { holder: next.transaction, queryId: next.queryId, acquiredAt: new Date() });
        next.grant();
      }
    }
  }

  /** Every lock, whether or not SHOW LOCKS lists it. */
  list(): ListedLock[] {
    return [...this.locks].flatMap(([resource, { holder, queryId, acquiredAt, waiters }]) => [
      { resource, transaction: holder, holder, queryId, acquiredAt },
      ...waiters.map((waiter) => ({
        resource,
        transaction: waiter.transaction,
        holder,
        queryId: waiter.queryId,
        acquiredAt: null,
      })),
    ]);
  }

  /** What SHOW LOCKS lists: of the row locks only those that have blocked another transaction for some time. */
  listShown(): ListedLock[] {
    const latest = Date.now() - this.limits.rowLocksShownAfterMs;
    return this.list().filter(({ resource }) => {
      if (!(resource instanceof RowLock)) return true;
      return this.locks.get(resource)?.waiters.some(({ since }) => since <= latest) === true;
    });
  }

  private async wait(lock: Lock, request: LockRequest): Promise<void> {
    const { timeoutMs, signal } = request;
    const timers: NodeJS.Timeout[] = [];
    let leave: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = { ...request, since: Date.now(), grant: resolve, refuse: reject };
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
                  request.resource instanceof RowLock ? 'rowLockTimeout' : 'lockTimeout',
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

  private blockedBy({ holder, queryId }: Lock, { resource, queryId: waiting }: LockRequest): string {
    return (
      `Statement '${queryId}' has locked table '${resource.name}' in transaction ${holder.id} and this lock has ` +
      `not yet been released.\nYour statement '${waiting}'`
    );
  }
}
