/** Faults of Snowpipe Streaming's own. */
export type StreamingFault =
  /** Snowflake refuses the request, with a JSON body. */
  | {
      kind: 'streaming-error';
      status: number;
      code: string;
      message?: string;
      retryAfterSeconds?: number;
    }
  /** Every scoped token issued so far has expired. */
  | { kind: 'token-expired' }
  /** Snowflake invalidates the request's channel, and its uncommitted rows are lost. */
  | { kind: 'channel-invalidated'; code?: string };

/** The kinds of faults. */
export type FaultKind =
  | StreamingFault
  /** The connection is reset. */
  | { kind: 'reset' }
  /** No response. The connection is reset after `ms`, or, without it, when the endpoint is closed. */
  | { kind: 'silence'; ms?: number }
  /** A good response is cut off in the middle. */
  | { kind: 'half-response' }
  /** Status 200 with a body that claims to be JSON, but is not. */
  | { kind: 'garbage' }
  /** A status other than 200, as from a gateway. */
  | { kind: 'http'; status: number; retryAfterSeconds?: number }
  /** Snowflake reports that the statement (or the login) failed. */
  | { kind: 'sql-error'; code: string; sqlState?: string; message: string }
  /** 390112: the session's token has expired, and can be renewed. */
  | { kind: 'session-expired' }
  /** The session no longer exists, and its transaction is rolled back. */
  | { kind: 'session-gone'; code?: '390104' | '390111'; status?: 200 | 401 }
  /** The response takes `ms` longer; with `during` the statement itself does. */
  | { kind: 'delay'; ms: number }
  /** The statement is not executed before `until` settles. */
  | { kind: 'hold'; until: Promise<void> };

export type FaultRule = FaultKind & {
  /**
   * A statement by its name (`commit`, `stage`, `insert RAW_EVENTS_STREAM`), or one of `login`,
   * `token-request`, `heartbeat`, `delete-session`, `abort-request`, `query-result`; `*` is any statement.
   * Of Snowpipe Streaming: `hostname`, `scoped-token`; `open-channel`, `append-rows`, `channel-status`, `drop-channel` and
   * `pipe-info`, of any pipe, or with the name of the pipe's table: `append-rows RAW_EVENTS_STREAM`.
   */
  on: string;
  /** The number of the first request of that name to fail, counted from now, with resent ones. 1 if unset. */
  occurrence?: number;
  /** How many requests in a row fail. 1 if unset. */
  times?: number;
  /**
   * `before`: the statement is not executed. `during`: the fault comes at once, the statement is executed all the same.
   * `after`: the statement is executed, then the fault replaces the response. If unset: `before` for faults of Snowflake
   * itself (an error, a session's end), `after` for faults on the way to the client.
   */
  point?: 'before' | 'during' | 'after';
};

export type FaultPoint = NonNullable<FaultRule['point']>;

const SNOWFLAKES_OWN: readonly FaultRule['kind'][] = [
  'sql-error',
  'session-expired',
  'session-gone',
  'streaming-error',
  'token-expired',
  'channel-invalidated',
];

export function pointOf({ point, kind }: FaultRule): FaultPoint {
  return point ?? (SNOWFLAKES_OWN.includes(kind) ? 'before' : 'after');
}

/** An active rule. */
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

  /** Counts a request, and returns whether it fails. */
  takes(name: string): boolean {
    if (this.spent || !this.matches(name)) return false;
    this.seen++;
    if (this.seen < (this.rule.occurrence ?? 1)) return false;
    this.struck++;
    this.first.resolve();
    return true;
  }

  private matches(name: string): boolean {
    const { on } = this.rule;
    const [request = ''] = name.split(' ', 1);
    if (on === '*') return !REQUESTS.has(name) && !STREAMING_REQUESTS.has(request);
    return on === name || (on === request && STREAMING_REQUESTS.has(request));
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

const STREAMING_REQUESTS = new Set([
  'hostname',
  'scoped-token',
  'open-channel',
  'append-rows',
  'channel-status',
  'drop-channel',
  'pipe-info',
]);

/** The faults still to come. */
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

  /** The fault that strikes this request, by the oldest rule that matches. */
  take(name: string): FaultRule | null {
    const fault = this.rules.find((candidate) => candidate.takes(name));
    if (fault?.spent === true) this.remove(fault);
    return fault?.rule ?? null;
  }
}
