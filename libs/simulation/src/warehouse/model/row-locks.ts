/** Over once it is committed, rolled back or abandoned. */
export interface Transaction {
  isOver: boolean;
}

interface Waiting {
  transaction: Transaction;
  names: readonly string[];
  /** False if the transaction ended meanwhile. */
  done: (isHeld: boolean) => void;
}

/** The locks of checkpoints, held until the end of a transaction. */
export class RowLocks {
  readonly #holders = new Map<string, Transaction>();
  readonly #waiting: Waiting[] = [];

  take(transaction: Transaction, names: readonly string[], done: (isHeld: boolean) => void): void {
    this.#waiting.push({ transaction, names, done });
    this.#serve();
  }

  release(transaction: Transaction): void {
    for (const [name, holder] of [...this.#holders]) if (holder === transaction) this.#holders.delete(name);
    this.#serve();
  }

  isHolder(transaction: Transaction): boolean {
    return [...this.#holders.values()].includes(transaction);
  }

  #serve(): void {
    for (;;) {
      const index = this.#waiting.findIndex(
        ({ transaction, names }) =>
          transaction.isOver || names.every((name) => this.#isFree(name, transaction)),
      );
      const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (next === undefined) return;
      const isHeld = !next.transaction.isOver;
      if (isHeld) for (const name of next.names) this.#holders.set(name, next.transaction);
      next.done(isHeld);
    }
  }

  #isFree(name: string, transaction: Transaction): boolean {
    const holder = this.#holders.get(name);
    return holder === undefined || holder === transaction;
  }
}
