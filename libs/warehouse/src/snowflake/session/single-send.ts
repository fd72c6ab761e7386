import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

/**
 * Ensures that this process sends a statement only once.
 *
 * The driver resends a statement after network errors, timeouts and responses like 503, up to seven times, with the same
 * request id, and has no option against it. Snowflake promises to run a request id only once, but users saw it run twice.
 * So the watcher of a statement is told of the first failure at once and gives the connection up, and a repetition is
 * aborted before it is sent. A statement may be resent only after a response of Snowflake: the driver renews an expired
 * session token (390112) and repeats the statement, which was not run.
 */
export class SingleSend {
  #request: ClientRequest | null = null;
  #isAnswered = false;

  private constructor(
    private readonly requestId: string,
    private readonly onFailure: (code: string) => void,
  ) {}

  /** @param onFailure is called with a code such as ECONNRESET or HTTP_503, perhaps more than once */
  static watch(requestId: string, onFailure: (code: string) => void): SingleSend {
    subscribeOnce();
    const statement = new SingleSend(requestId, onFailure);
    watched.set(requestId, statement);
    return statement;
  }

  /** Aborts the current request. */
  cut(): void {
    this.#request?.destroy(canceled());
  }

  /** To be called once the driver has finished the statement. */
  forget(): void {
    watched.delete(this.requestId);
  }

  created(request: ClientRequest): void {
    if (this.#request !== null && !this.#isAnswered) {
      request.destroy(canceled());
      this.onFailure('SENT_AGAIN');
      return;
    }
    this.#request = request;
    this.#isAnswered = false;
  }

  answered({ statusCode = 0 }: IncomingMessage): void {
    if (statusCode === 200) this.#isAnswered = true;
    else this.onFailure(`HTTP_${statusCode}`);
  }

  failed(error: NodeJS.ErrnoException): void {
    this.onFailure(error.code ?? 'NETWORK');
  }
}

const watched = new Map<string, SingleSend>();

/** The only code after which the driver does not retry. */
function canceled(): Error {
  return Object.assign(new Error('a statement is sent only once'), { code: 'ERR_CANCELED' });
}

interface HttpEvent {
  request: ClientRequest;
  response: IncomingMessage;
  error: NodeJS.ErrnoException;
}

let isSubscribed = false;

function subscribeOnce(): void {
  if (isSubscribed) return;
  isSubscribed = true;
  on('http.client.request.created', (statement, { request }) => {
    statement.created(request);
  });
  on('http.client.response.finish', (statement, { response }) => {
    statement.answered(response);
  });
  on('http.client.request.error', (statement, { error }) => {
    statement.failed(error);
  });
}

function on(channel: string, act: (statement: SingleSend, event: HttpEvent) => void): void {
  subscribe(channel, (message) => {
    const event = message as HttpEvent;
    const statement = statementOf(event.request);
    if (statement !== undefined) act(statement, event);
  });
}

function statementOf({ path }: ClientRequest): SingleSend | undefined {
  if (!path.includes('/queries/v1/query-request?')) return undefined;
  const requestId = /[?&]requestId=([^&]+)/.exec(path)?.[1];
  return requestId === undefined ? undefined : watched.get(requestId);
}
