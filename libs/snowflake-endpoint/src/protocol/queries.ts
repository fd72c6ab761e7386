import { randomUUID } from 'node:crypto';
import { compilationError, failure, SESSION_ERRORS, SqlError } from '../errors.js';
import type { Failure } from '../errors.js';
import type { Journal } from './journal.js';
import type { Action, Answer } from './action.js';
import { errorBody, inProgressBody, refused, resultBody } from './responses.js';
import { STATEMENT_TYPE, type Result } from '../state/result.js';
import type { Session } from '../state/sessions.js';
import type { SqlValue } from '../sql/types.js';
import type { Statement } from '../sql/parsing/syntax.js';
import { nameOf } from '../statements/registry.js';
import type { Warehouse } from '../warehouse.js';

/** Options that can be changed while the endpoint runs. */
export interface QueryOptions {
  /** How long a statement takes. */
  holdMs: number;
  /** A statement that takes longer is reported as in progress, and the client polls; 45 seconds at Snowflake. */
  inProgressAfterMs: number;
  /** `dedupe`: a resent request gets the first one's response. `run-both`: it is executed again. */
  resends: 'dedupe' | 'run-both';
}

/** The body of /queries/v1/query-request. */
export interface QueryRequest {
  sqlText?: string;
  bindings?: Record<string, { type: string; value: string | null | (string | null)[] }>;
  parameters?: Record<string, unknown>;
}

/** Kept long after its response, so it must not reference the request, whose binds are megabytes. */
interface Query {
  answer: Promise<Answer>;
  requestId: string;
  /** Aborts the statement; its reason is an SqlError. */
  controller: AbortController;
}

interface Run {
  request: QueryRequest;
  queryId: string;
  holdMs: number;
  controller: AbortController;
}

const REMEMBERED = 1000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Running statements, and the responses that may be requested again. */
export class Queries {
  private readonly byId = new Map<string, Query>();
  private readonly idOfRequest = new Map<string, string>();

  constructor(
    private readonly warehouse: Warehouse,
    private readonly journal: Journal,
    private readonly options: QueryOptions,
  ) {}

  /** Does not throw: a statement that cannot be parsed becomes an action that fails. */
  action(session: Session, requestId: string, request: QueryRequest): Action {
    const sql = request.sqlText ?? '';
    const statement = this.read(sql);
    const name = statement instanceof SqlError ? 'unknown' : nameOf(statement, session);
    return {
      name,
      session,
      requestId,
      execute: (extraMs) => {
        const known = this.options.resends === 'dedupe' ? this.idOfRequest.get(requestId) : undefined;
        if (known !== undefined) return this.result(known);
        const holdMs = extraMs + this.options.holdMs;
        return this.start(requestId, (queryId, controller) =>
          this.run(session, statement, name, { request, queryId, holdMs, controller }),
        );
      },
      fail: (error) => {
        this.warehouse.failed(session);
        const queryId = randomUUID();
        const answer = failed(error, queryId);
        this.remember(queryId, {
          answer: Promise.resolve(answer),
          requestId: '',
          controller: new AbortController(),
        });
        return answer;
      },
    };
  }

  /** The response, or that the statement is still in progress. */
  async result(queryId: string): Promise<Answer> {
    const query = this.byId.get(queryId);
    if (query === undefined) return failed(failure('compilation', `Statement ${queryId} not found`), queryId);
    let timer: NodeJS.Timeout | undefined;
    const later = new Promise<Answer>((resolve) => {
      timer = setTimeout(
        () => {
          resolve({ status: 200, body: inProgressBody(queryId), rows: 0, outcome: 'in progress' });
        },
        Math.min(this.options.inProgressAfterMs, MAX_TIMER_MS),
      );
    });
    try {
      return await Promise.race([query.answer, later]);
    } finally {
      clearTimeout(timer);
    }
  }

  cancel(id: { requestId?: string; queryId?: string }): void {
    const queryId = id.queryId ?? this.idOfRequest.get(id.requestId ?? '');
    const query = queryId === undefined ? undefined : this.byId.get(queryId);
    if (query !== undefined) cancelQuery(query);
  }

  clear(): void {
    for (const query of this.byId.values()) cancelQuery(query);
    this.byId.clear();
    this.idOfRequest.clear();
  }

  private read(sql: string): Statement | SqlError {
    try {
      return this.warehouse.parse(sql);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      this.journal.unknown.push(sql.slice(0, 2000));
      return error;
    }
  }

  private start(
    requestId: string,
    run: (queryId: string, controller: AbortController) => Promise<Answer>,
  ): Promise<Answer> {
    const queryId = randomUUID();
    const controller = new AbortController();
    this.remember(queryId, { answer: run(queryId, controller), requestId, controller });
    this.idOfRequest.set(requestId, queryId);
    return this.result(queryId);
  }

  private remember(queryId: string, query: Query): void {
    this.byId.set(queryId, query);
    for (const [oldest, { requestId }] of this.byId) {
      if (this.byId.size <= REMEMBERED) break;
      this.byId.delete(oldest);
      this.idOfRequest.delete(requestId);
    }
  }

  private async run(
    session: Session,
    statement: Statement | SqlError,
    name: string,
    { request, queryId, holdMs, controller }: Run,
  ): Promise<Answer> {
    const timer = limitTime(session, request, controller);
    try {
      if (statement instanceof SqlError) throw statement;
      this.journal.countExecuted(name);
      const binds = bindsOf(request);
      const { signal } = controller;
      const result = await this.warehouse.run(session, statement, { binds, queryId, signal, holdMs });
      return {
        status: 200,
        body: resultBody(result, queryId, session),
        rows: rowsOf(result),
        outcome: 'ok',
      };
    } catch (error) {
      if (statement instanceof SqlError) this.warehouse.failed(session);
      return failed(this.failureOf(error), queryId);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Any other error is the endpoint's own: it is reported as such, and recorded. */
  private failureOf(error: unknown): Failure {
    if (error instanceof SqlError) return error.failure;
    this.journal.unknown.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return failure('internal', 'SQL execution internal error: the endpoint failed, see its journal.');
  }
}

function cancelQuery({ controller }: Query): void {
  controller.abort(new SqlError(failure('canceled', 'SQL execution canceled')));
}

function limitTime(session: Session, request: QueryRequest, controller: AbortController): NodeJS.Timeout {
  const name = 'STATEMENT_TIMEOUT_IN_SECONDS';
  const seconds = Number(request.parameters?.[name] ?? session.parameter(name));
  const milliseconds = seconds === 0 ? MAX_TIMER_MS : Math.min(seconds * 1000, MAX_TIMER_MS);
  return setTimeout(() => {
    const message = `Statement reached its statement or warehouse timeout of ${seconds} second(s) and was canceled.`;
    controller.abort(new SqlError(failure('statementTimeout', message)));
  }, milliseconds);
}

/** The number of rows returned or changed. */
function rowsOf({ rows, statementTypeId }: Result): number {
  const isDml = statementTypeId >= STATEMENT_TYPE.insert && statementTypeId < STATEMENT_TYPE.session;
  return isDml ? Number(rows[0]?.[0]) : rows.length;
}

export function failed(error: Failure, queryId: string): Answer {
  return { status: 200, body: errorBody(error, queryId), rows: 0, outcome: error.code };
}

/** A response about the session instead of the statement. */
export function sessionRefused(kind: keyof typeof SESSION_ERRORS, status = 200): Answer {
  const error = SESSION_ERRORS[kind];
  return { status, body: refused(error), rows: 0, outcome: error.code };
}

function bindsOf({ bindings = {} }: QueryRequest): SqlValue[] {
  const binds: SqlValue[] = [];
  for (const [place, { type, value }] of Object.entries(bindings)) {
    if (Array.isArray(value)) throw compilationError('Array binds are not supported here.');
    binds[Number(place) - 1] = bindValue(type, value);
  }
  return binds;
}

function bindValue(type: string, value: string | null): SqlValue {
  if (value === null) return null;
  if (type === 'FIXED' || type === 'REAL') return Number(value);
  return type === 'BOOLEAN' ? value === 'true' : value;
}
