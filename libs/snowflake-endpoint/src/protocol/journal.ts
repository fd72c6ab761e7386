/** One request. Entries are in the order in which requests finished. */
export interface JournalEntry {
  atMs: number;
  session: number | null;
  /** The statement's name, or that of the request: `login`, `delete-session`, ... */
  name: string;
  requestId: string | null;
  /** 1 for the first request with this requestId. */
  attempt: number;
  /** `ok`, the code of an error, or the fault that struck: `reset after`. */
  outcome: string;
  /** The number of rows returned or changed. */
  rows: number;
  /** From the request to its response. */
  ms: number;
}

const LIMIT = 100_000;

/** Records requests, for tests. */
export class Journal {
  private kept: JournalEntry[] = [];
  /** Statements that the endpoint does not support: an error of the test, or a gap in the endpoint. */
  readonly unknown: string[] = [];
  /** Executed statements by name; a resent one that was not run again does not count. */
  readonly executed = new Map<string, number>();
  requests = 0;
  bytesIn = 0;
  bytesOut = 0;
  private readonly attempts = new Map<string, number>();

  get entries(): readonly JournalEntry[] {
    return this.kept;
  }

  /** Counts a request, and returns how often it has arrived. */
  attempt(requestId: string | null): number {
    if (requestId === null) return 1;
    const attempt = (this.attempts.get(requestId) ?? 0) + 1;
    if (this.attempts.size > LIMIT) this.attempts.clear();
    this.attempts.set(requestId, attempt);
    return attempt;
  }

  /** How often a request has arrived. */
  sends(requestId: string): number {
    return this.attempts.get(requestId) ?? 0;
  }

  countExecuted(name: string): void {
    this.executed.set(name, (this.executed.get(name) ?? 0) + 1);
  }

  add(entry: JournalEntry): void {
    this.kept.push(entry);
    if (this.kept.length > 2 * LIMIT) this.kept = this.kept.slice(-LIMIT);
  }

  clear(): void {
    this.kept = [];
    this.unknown.length = 0;
    this.executed.clear();
    this.attempts.clear();
    this.requests = this.bytesIn = this.bytesOut = 0;
  }
}
