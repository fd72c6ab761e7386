/** A row of a query's result; numbers may come as text. */
export type LedgerRow = Record<string, unknown>;

/** Runs a query whose binds are `?`. */
export type AskLedger = (sql: string, binds: string[]) => Promise<LedgerRow[]>;
