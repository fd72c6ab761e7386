import type { IncomingHttpHeaders } from 'node:http';
import type { Action, Answer } from '../protocol/action.js';
import type { StreamingFault } from '../protocol/faults.js';
import type { Journal } from '../protocol/journal.js';
import type { Authorization } from './authorization.js';
import { decompressed } from './limits.js';
import { PIPE_INFO } from './pipe-info.js';
import type { PipeName } from './pipes.js';
import type { Streaming } from './streaming.js';
import {
  STREAMING_ERRORS,
  StreamingError,
  streamingError,
  type StreamingFailure,
} from './streaming-errors.js';

/** A request as it came in. */
export interface StreamingRequest {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
}

export interface StreamingAnswers {
  account: string;
  /** The host of the data operations, without a scheme. */
  hostname: () => string;
  /** `text`: host name and token come as plain text, as many clients saw them; Snowflake documents JSON. */
  form: 'json' | 'text';
}

type Reply = Pick<Answer, 'body' | 'text'> & { rows?: number };

/** One kind of request: the name that faults and the journal know it by, and what it does. */
interface Operation {
  name: string;
  pipe?: PipeName;
  channel?: string;
  execute: () => Reply;
}

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** Where Snowflake's own client reports how it does. */
const TELEMETRY = '/telemetry/send/sessionless';
const PIPE = '/databases/([^/]+)/schemas/([^/]+)/pipes/([^/:]+)';
const CHANNEL = new RegExp(`^/v2/streaming${PIPE}/channels/([^/]+)$`);
const ROWS = new RegExp(`^/v2/streaming/data${PIPE}/channels/([^/]+)/rows$`);
const VERB = new RegExp(`^/v2/streaming${PIPE}:([a-z-]+)$`);

export function isStreamingPath({ pathname }: URL): boolean {
  return pathname.startsWith('/v2/streaming/') || ['/oauth/token', TELEMETRY].includes(pathname);
}

/** The REST interface of Snowpipe Streaming, as Snowflake documents it. */
export class StreamingRequests {
  constructor(
    private readonly streaming: Streaming,
    private readonly authorization: Authorization,
    private readonly journal: Journal,
    private readonly answers: StreamingAnswers,
  ) {}

  /** Returns null for an unknown path. */
  action(request: StreamingRequest): Action | null {
    const operation = this.operation(request);
    if (operation === null) return null;
    const { name, pipe, channel } = operation;
    return {
      name: pipe === undefined ? name : `${name} ${this.subjectOf(pipe)}`,
      session: null,
      requestId: request.url.searchParams.get('requestId'),
      execute: async () => Promise.resolve(this.execute(operation)),
      fail: ({ code, message }) => failed({ status: 400, code, message }),
      refuse: (fault) => this.refuse(fault, pipe, channel),
    };
  }

  private execute({ name, pipe, execute }: Operation): Answer {
    try {
      const { rows = 0, ...reply } = execute();
      if (pipe !== undefined) this.journal.countExecuted(`${name} ${this.subjectOf(pipe)}`);
      return { status: 200, ...reply, rows, outcome: 'ok' };
    } catch (error) {
      if (error instanceof StreamingError) return failed(error.failure);
      throw error;
    }
  }

  private operation(request: StreamingRequest): Operation | null {
    const { method, url, headers } = request;
    const route = `${method} ${url.pathname}`;
    if (route === 'GET /v2/streaming/hostname') {
      return { name: 'hostname', execute: () => this.hostname(headers) };
    }
    if (route === 'POST /oauth/token') return { name: 'scoped-token', execute: () => this.token(request) };
    if (url.pathname === TELEMETRY) {
      return {
        name: 'telemetry',
        execute: () => ({ body: { data: '', code: '200', message: '', success: true } }),
      };
    }
    const operation = this.pipeOperation(request);
    if (operation === null) return null;
    const execute = () => {
      this.authorization.requireScoped(headers);
      return operation.execute();
    };
    return { ...operation, execute };
  }

  private pipeOperation(request: StreamingRequest): Operation | null {
    const { method, url } = request;
    const [pattern, match] =
      [CHANNEL, ROWS, VERB]
        .map((each) => [each, each.exec(url.pathname)] as const)
        .find(([, found]) => found !== null) ?? [];
    if (!match) return null;
    const [database = '', schema = '', pipeName = '', last = ''] = match.slice(1).map(decodeURIComponent);
    const pipe = { database, schema, pipe: pipeName };
    const onChannel = (name: string, execute: () => Reply) => ({ name, pipe, channel: last, execute });
    if (pattern === ROWS && method === 'POST') {
      return onChannel('append-rows', () => this.append(request, pipe, last));
    }
    if (pattern === CHANNEL && method === 'PUT') {
      return onChannel('open-channel', () => this.open(request, pipe, last));
    }
    if (pattern === CHANNEL && method === 'DELETE') {
      return onChannel('drop-channel', () => this.drop(request, pipe, last));
    }
    if (pattern !== VERB || method !== 'POST') return null;
    if (last === 'bulk-channel-status') {
      return { name: 'channel-status', pipe, execute: () => this.statuses(request, pipe) };
    }
    return last === 'pipe-info' ? { name: 'pipe-info', pipe, execute: () => ({ body: PIPE_INFO }) } : null;
  }

  private hostname(headers: IncomingHttpHeaders): Reply {
    this.authorization.requireAccount(headers);
    const hostname = this.answers.hostname();
    return this.reply({ hostname }, hostname);
  }

  private token({ headers, bytes }: StreamingRequest): Reply {
    requireType(headers, 'application/x-www-form-urlencoded');
    this.authorization.requireAccount(headers);
    const form = new URLSearchParams(bytes.toString());
    if (form.get('grant_type') !== GRANT_TYPE) throw streamingError('malformed', `grant_type: ${GRANT_TYPE}`);
    if (form.get('scope') !== this.answers.hostname()) {
      throw streamingError('malformed', `scope must be the host name, ${this.answers.hostname()}`);
    }
    const token = this.authorization.issue(this.answers.account);
    return this.reply({ token }, token);
  }

  private reply(body: object, text: string): Reply {
    return this.answers.form === 'text' ? { body, text } : { body };
  }

  private open(request: StreamingRequest, pipe: PipeName, channel: string): Reply {
    const { offset_token: offsetToken, fail_on_uncommitted_rows: fail } = jsonBody(request);
    const opened = this.streaming.open(pipe, channel, {
      offsetToken: typeof offsetToken === 'string' ? offsetToken : null,
      failOnUncommittedRows: fail === true,
    });
    return { body: { next_continuation_token: opened.token, channel_status: opened.status } };
  }

  private append({ url, headers, bytes }: StreamingRequest, pipe: PipeName, channel: string): Reply {
    requireType(headers, 'application/x-ndjson');
    const { searchParams } = url;
    const body = decompressed(bytes, headers['content-encoding'], this.streaming.limits);
    const taken = this.streaming.append(pipe, channel, {
      token: searchParams.get('continuationToken') ?? '',
      requestId: searchParams.get('requestId'),
      body,
      // `offsetToken` is the name in Snowflake's tutorial, for both ends of the batch.
      offsetToken: searchParams.get('endOffsetToken') ?? searchParams.get('offsetToken'),
    });
    return { body: { next_continuation_token: taken.token }, rows: taken.rows };
  }

  private drop(request: StreamingRequest, pipe: PipeName, channel: string): Reply {
    const { fail_on_uncommitted_rows: fail } = jsonBody(request);
    this.streaming.drop(pipe, channel, fail === true);
    return { body: {} };
  }

  private statuses(request: StreamingRequest, pipe: PipeName): Reply {
    const { channel_names: names } = jsonBody(request);
    if (!Array.isArray(names)) throw streamingError('malformed', 'channel_names must be an array.');
    return { body: { channel_statuses: this.streaming.statuses(pipe, names.map(String)) } };
  }

  private refuse(fault: StreamingFault, pipe?: PipeName, channel?: string): Answer {
    switch (fault.kind) {
      case 'streaming-error':
        return failed({ message: 'A fault that the test has set', ...fault });
      case 'token-expired':
        this.authorization.expireTokens();
        return failed(STREAMING_ERRORS.tokenExpired);
      case 'channel-invalidated': {
        const code = fault.code ?? STREAMING_ERRORS.invalidated.code;
        if (pipe !== undefined && channel !== undefined) {
          this.streaming.find(pipe, channel).channel.invalidate(code);
        }
        return failed({ ...STREAMING_ERRORS.invalidated, code });
      }
    }
  }

  /** The table that a pipe feeds, or the pipe's own name if there is none. */
  private subjectOf(pipe: PipeName): string {
    try {
      return this.streaming.tableOf(pipe).name;
    } catch {
      return pipe.pipe.toUpperCase();
    }
  }
}

function failed({ status, code, message, retryAfterSeconds }: StreamingFailure): Answer {
  const headers: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { status, headers, body: { code, message }, rows: 0, outcome: code };
}

function requireType(headers: IncomingHttpHeaders, expected: string): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (type.trim() !== expected) throw streamingError('malformed', `Content-Type must be ${expected}.`);
}

function jsonBody({ headers, bytes }: StreamingRequest): Record<string, unknown> {
  if (bytes.length === 0) return {};
  requireType(headers, 'application/json');
  try {
    return JSON.parse(bytes.toString()) as Record<string, unknown>;
  } catch {
    throw streamingError('malformed', 'The body is not valid JSON.');
  }
}
