import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

/**
 * Ensures that this process sends a statement only once.
 *
 * The driver sends a statement again by itself after network errors, time-outs and answers like 503, up to seven
 * times, with the same request id, and has no option against it. Snowflake promises to run one request id once, but
 * users saw it run twice. So whoever watches a statement hears of the first failure at once and gives the connection
 * up, and the repetition is ended before it is sent. Only what Snowflake answered may go again: the driver renews a
 * session token that has run out (390112) and repeats the statement, which was not run.
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

  /** Ends the request that is under way. */
  cut(): void {
    this.#request?.destroy(canceled());
  }

  /** To be called once the driver has let go of the statement. */
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

/** The one code after which the driver does not try again. */
function canceled(): Error {
  return Object.assign(new Error('a statement is sent once'), { code: 'ERR_CANCELED' });
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
