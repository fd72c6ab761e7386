/** What goes wrong. */
export type FaultKind =
  /** The connection is reset. */
  | { kind: 'reset' }
  /** No answer; after `ms` the connection is reset, without it only when the endpoint is closed. */
  | { kind: 'silence'; ms?: number }
  /** A good answer breaks off in the middle. */
  | { kind: 'half-response' }
  /** Status 200 and a body that is no JSON, though it says so. */
  | { kind: 'garbage' }
  /** A status other than 200, as a gateway gives it. */
  | { kind: 'http'; status: number; retryAfterSeconds?: number }
  /** Snowflake's own answer: the statement (or the login) failed. */
  | { kind: 'sql-error'; code: string; sqlState?: string; message: string }
  /** 390112: the session's token has run out, and can be renewed. */
  | { kind: 'session-expired' }
  /** The session is no more, and its transaction is rolled back. */
  | { kind: 'session-gone'; code?: '390104' | '390111'; status?: 200 | 401 }
  /** The answer takes `ms` longer; with `during` the statement itself does. */
  | { kind: 'delay'; ms: number }
  /** The statement is not executed before `until` settles. */
  | { kind: 'hold'; until: Promise<void> };

export type FaultRule = FaultKind & {
  /**
   * A statement by its name (`commit`, `stage`, `insert RAW_EVENTS_STREAM`), or one of `login`,
   * `token-request`, `heartbeat`, `delete-session`, `abort-request`, `query-result`; `*` is any statement.
   */
  on: string;
  /** The how manieth request of that name, from now on, is the first to fail; re-sent ones count. 1 if unset. */
  occurrence?: number;
  /** For how many requests in a row. 1 if unset. */
  times?: number;
  /**
   * `before`: not executed. `during`: the fault comes at once, the statement is executed all the same.
   * `after`: executed, then the fault takes the place of the answer. If unset: `before` for what Snowflake
   * itself answers (an error, a session's end), `after` for what happens on the way to the client.
   */
  point?: 'before' | 'during' | 'after';
};

export type FaultPoint = NonNullable<FaultRule['point']>;

const SNOWFLAKES_OWN: readonly FaultRule['kind'][] = ['sql-error', 'session-expired', 'session-gone'];

export function pointOf({ point, kind }: FaultRule): FaultPoint {
  return point ?? (SNOWFLAKES_OWN.includes(kind) ? 'before' : 'after');
}

/** A rule at work. */
export class ArmedFault {
  /** How often it has struck. */
  struck = 0;
  private seen = 0;
  private readonly first = Promise.withResolvers<void>();

  constructor(readonly rule: FaultRule) {}

  /** Settles when the fault strikes for the first time. */
  get happened(): Promise<void> {
    return this.first.promise;
  }

  get spent(): boolean {
    return this.struck >= (this.rule.times ?? 1);
  }

  /** Whether this request is one that fails. */
  takes(name: string): boolean {
    if (this.spent || !this.matches(name)) return false;
    this.seen++;
    if (this.seen < (this.rule.occurrence ?? 1)) return false;
    this.struck++;
    this.first.resolve();
    return true;
  }

  private matches(name: string): boolean {
    return this.rule.on === '*' ? !REQUESTS.has(name) : this.rule.on === name;
  }
}

const REQUESTS = new Set([
  'login',
  'token-request',
  'heartbeat',
  'delete-session',
  'abort-request',
  'query-result',
  'telemetry',
]);

/** The faults that are still to come. */
export class Faults {
  private readonly rules: ArmedFault[] = [];

  add(rule: FaultRule): ArmedFault {
    const fault = new ArmedFault(rule);
    this.rules.push(fault);
    return fault;
  }

  remove(fault: ArmedFault): void {
    const index = this.rules.indexOf(fault);
    if (index >= 0) this.rules.splice(index, 1);
  }

  clear(): void {
    this.rules.length = 0;
  }

  /** The fault that strikes this request. The oldest rule comes first. */
  take(name: string): FaultRule | null {
    const fault = this.rules.find((candidate) => candidate.takes(name));
    if (fault?.spent === true) this.remove(fault);
    return fault?.rule ?? null;
  }
}
