import type { Action, Answer } from './action.js';
import type { Journal } from './journal.js';
import type { LoginRequest, User } from './logins.js';
import { logIn } from './logins.js';
import type { QueryRequest } from './queries.js';
import { Queries, sessionRefused } from './queries.js';
import type { QueryOptions } from './queries.js';
import type { ResponseBody } from './responses.js';
import { loginBody, refused, renewedBody, succeeded } from './responses.js';
import { Session } from '../state/sessions.js';
import type { Warehouse } from '../warehouse.js';

/** A request as it came in. */
export interface Incoming {
  method: string;
  url: URL;
  /** The token of the Authorization header. */
  token: string;
  body: unknown;
}

/** Snowflake's REST interface, as far as its Node driver uses it. */
export class Requests {
  readonly queries: Queries;

  constructor(
    private readonly warehouse: Warehouse,
    private readonly users: Map<string, User> | null,
    journal: Journal,
    options: QueryOptions,
  ) {
    this.queries = new Queries(warehouse, journal, options);
  }

  /** Returns null for an unknown path. */
  action({ url, token, body }: Incoming): Action | null {
    const requestId = url.searchParams.get('requestId');
    const session = this.warehouse.sessions.withToken(token) ?? null;
    const simple = (name: string, execute: () => Answer | Promise<Answer>): Action => ({
      name,
      session,
      requestId,
      execute: async () => execute(),
      fail: (error) => ({ status: 200, body: refused(error), rows: 0, outcome: error.code }),
    });
    /** Requires a session with a valid token. */
    const guarded = (name: string, execute: (session: Session) => Answer | Promise<Answer>) =>
      simple(name, () => withSession(session, execute));

    switch (url.pathname) {
      case '/session/v1/login-request':
        return simple('login', () => this.logIn(url, body));
      case '/session/token-request':
        return simple('token-request', () => this.renew(token));
      case '/session/heartbeat':
        return guarded('heartbeat', () => ok(succeeded(null)));
      case '/session':
        return guarded('delete-session', (open) => {
          this.warehouse.endSession(open);
          return ok(succeeded(null));
        });
      case '/telemetry/send':
        return simple('telemetry', () => ok(succeeded(null)));
      case '/queries/v1/abort-request':
        return guarded('abort-request', () =>
          this.abort({ requestId: (body as { requestId?: string }).requestId ?? '' }),
        );
      case '/queries/v1/query-request':
        return this.query(session, requestId ?? '', body as QueryRequest);
    }
    const [, queryId = '', verb] = /^\/queries\/([^/]+)\/(result|abort-request)$/.exec(url.pathname) ?? [];
    if (verb === 'result') return guarded('query-result', () => this.queries.result(queryId));
    return verb === undefined ? null : guarded('abort-request', () => this.abort({ queryId }));
  }

  private query(session: Session | null, requestId: string, request: QueryRequest): Action {
    // A statement has a name even if its session is gone, so that faults and the journal find it.
    const action = this.queries.action(session ?? NOBODY, requestId, request);
    const execute = async (extraMs: number) => withSession(session, () => action.execute(extraMs));
    return { ...action, session, execute };
  }

  private logIn(url: URL, body: unknown): Answer {
    const { data = {} } = body as { data?: LoginRequest };
    const { catalog, schemas } = this.warehouse;
    const asked = (parameter: string) => url.searchParams.get(parameter)?.toUpperCase() ?? null;
    // With a missing database the login succeeds, and every statement that needs it fails.
    const database = asked('databaseName') === catalog.database ? catalog.database : null;
    const schema = database !== null && schemas.has(asked('schemaName') ?? '') ? asked('schemaName') : null;
    const place = { warehouse: asked('warehouse'), database, schema, role: asked('roleName') };
    const answer = logIn(data, place, this.users);
    if (!(answer instanceof Session)) {
      return { status: 200, body: refused(answer), rows: 0, outcome: answer.code };
    }
    this.warehouse.sessions.add(answer);
    return ok(loginBody(answer));
  }

  private renew(masterToken: string): Answer {
    const session = this.warehouse.sessions.withMasterToken(masterToken);
    if (session === undefined) return sessionRefused('gone');
    session.renewToken();
    return ok(renewedBody(session));
  }

  private abort(id: { requestId?: string; queryId?: string }): Answer {
    this.queries.cancel(id);
    return ok(succeeded(null));
  }
}

const NOBODY = new Session('', null, null, null, '');

function withSession<T>(session: Session | null, execute: (session: Session) => T): T | Answer {
  if (session === null) return sessionRefused('gone');
  return session.tokenExpired ? sessionRefused('tokenExpired') : execute(session);
}

function ok(body: ResponseBody): Answer {
  return { status: 200, body, rows: 0, outcome: 'ok' };
}
