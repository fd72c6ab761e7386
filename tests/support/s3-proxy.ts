import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a request instead of an undisturbed response. */
export interface StoreFault {
  /** Only requests of this method; all if absent. */
  on?: 'PUT' | 'GET';
  /** Whether the server gets the request. */
  isForwarded: boolean;
  /** An error in the form of S3, a part of the server's response, or the connection reset, silent, or slow. */
  response: { status: number; code: string } | 'half' | 'reset' | 'none' | { afterMs: number };
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Stands between clients and an S3 server. The path, the headers and so the signatures stay as they are. */
export class S3Proxy {
  #fault: StoreFault | null = null;
  #server: Server;
  readonly #silent = new Set<ServerResponse>();

  private constructor(
    private readonly target: URL,
    readonly port: number,
    server: Server,
  ) {
    this.#server = server;
  }

  static async start(target: string): Promise<S3Proxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new S3Proxy(new URL(target), (server.address() as AddressInfo).port, server);
    server.on('request', proxy.#onRequest);
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Null ends the fault; requests that got no response are reset then. */
  set fault(fault: StoreFault | null) {
    this.#fault = fault;
    for (const response of this.#silent) response.socket?.resetAndDestroy();
    this.#silent.clear();
  }

  /** Refuses connections until {@link accept}. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async accept(): Promise<void> {
    this.#server = createServer(this.#onRequest).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  readonly #onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    // The client may have gone.
    this.#treat(request, response).catch(() => response.destroy());
  };

  async #treat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const fault = this.#fault;
    const applies = fault !== null && (fault.on === undefined || fault.on === request.method);
    const answer = !applies || fault.isForwarded ? await this.#forward(request, body) : null;
    if (!applies) send(response, answer);
    else if (fault.response === 'reset') response.socket?.resetAndDestroy();
    else if (fault.response === 'none') this.#silent.add(response);
    else if (fault.response === 'half') sendHalf(response, answer);
    else if ('status' in fault.response) send(response, errorOf(fault.response));
    else {
      await new Promise((resolve) => setTimeout(resolve, (fault.response as { afterMs: number }).afterMs));
      send(response, answer);
    }
  }

  async #forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    const { hostname, port } = this.target;
    const options: RequestOptions = { hostname, port, headers, agent: false };
    if (method !== undefined) options.method = method;
    if (url !== undefined) options.path = url;
    const forwarded = httpRequest(options);
    forwarded.end(body);
    const [incoming] = (await once(forwarded, 'response')) as [IncomingMessage];
    return {
      status: incoming.statusCode ?? 502,
      headers: incoming.headers,
      body: await bytesOf(incoming),
    };
  }
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function errorOf({ status, code }: { status: number; code: string }): Answer {
  const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>injected</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) };
}

function send(response: ServerResponse, answer: Answer | null): void {
  if (answer === null) throw new Error('a response must come from somewhere');
  const headers = { ...answer.headers, 'content-length': answer.body.length };
  delete headers['transfer-encoding'];
  response.writeHead(answer.status, headers).end(answer.body);
}

/** The beginning of the response, then the end of the connection. */
function sendHalf({ socket }: ServerResponse, answer: Answer | null): void {
  const { status, body } = answer ?? errorOf({ status: 500, code: 'InternalError' });
  const head = `HTTP/1.1 ${status} Status\r\nContent-Length: ${body.length}\r\n\r\n`;
  const whole = Buffer.concat([Buffer.from(head), body]);
  socket?.end(whole.subarray(0, body.length === 0 ? head.length / 2 : head.length + body.length / 2));
}
