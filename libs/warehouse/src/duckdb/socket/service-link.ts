import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FaultError } from '#pipeline';
import type { Access } from '../connection/sql-connection.js';
import { FrameReader, ProtocolError, toFrame } from './frames.js';
import {
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  parseResponse,
  PROTOCOL_VERSION,
  type Request,
  type Response,
} from './protocol.js';
import { socketPathOf, withShortPath } from './socket-path.js';

const HELLO_MS = 10_000;
/** No service has the file open: there is no socket, or its owner was killed. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED']);
const GONE = 'DUCKDB_SERVICE_GONE';

/** A connection to the socket of a running service. Its requests must not overlap. */
export class ServiceLink {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #reader = new FrameReader(MAX_RESPONSE_BYTES);
  #responses: Response[] = [];

  private constructor(private readonly socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /**
   * Returns null if no running service has the file open.
   *
   * @throws FaultError
   */
  static async open(file: string, access: Access): Promise<ServiceLink | null> {
    const socket = await connectTo(file);
    if (socket === null) return null;
    const link = new ServiceLink(socket);
    const impatience = setTimeout(() => socket.destroy(silent(file)), HELLO_MS);
    try {
      for await (const { kind } of link.exchange({ kind: 'hello', version: PROTOCOL_VERSION, access })) {
        if (kind === 'done') break;
      }
      return link;
    } catch (error) {
      link.close();
      // It stops just now.
      if (error instanceof FaultError && (error.fault.code === GONE || error.fault.code === STOPS))
        return null;
      throw error;
    } finally {
      clearTimeout(impatience);
    }
  }

  /**
   * Sends a request and yields the responses to it, the last one being `done`. If the iteration ends early, the link must be
   * closed.
   *
   * @throws FaultError; DuckDB's errors as they are
   */
  async *exchange(request: Request): AsyncGenerator<Response> {
    const frame = toFrame(request);
    if (frame.length > MAX_REQUEST_BYTES) throw tooLarge(frame.length);
    this.socket.write(frame, () => undefined);
    for (;;) {
      const response = await this.#next();
      if (response.kind === 'error') {
        throw response.fault === null ? new Error(response.message) : new FaultError(response.fault);
      }
      yield response;
      if (response.kind === 'done') return;
    }
  }

  close(): void {
    this.socket.destroy();
  }

  async #next(): Promise<Response> {
    for (;;) {
      const response = this.#responses.shift();
      if (response !== undefined) return response;
      const chunk = await this.#chunks.next().catch((error: unknown) => {
        throw error instanceof FaultError ? error : gone();
      });
      if (chunk.done === true) throw gone();
      this.#responses = this.#read(chunk.value);
    }
  }

  #read(chunk: Buffer): Response[] {
    try {
      return this.#reader.read(chunk).map(parseResponse);
    } catch (error) {
      throw error instanceof ProtocolError ? notOurs(error.message) : error;
    }
  }
}

/** The code with which a service that stops sends its clients away. */
export const STOPS = 'DUCKDB_SERVICE_STOPS';

async function connectTo(file: string): Promise<Socket | null> {
  try {
    return await withShortPath(await socketPathOf(file), async (path) => {
      const socket = connect(path);
      await once(socket, 'connect');
      return socket;
    });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (NOBODY.has(code)) return null;
    throw new FaultError({
      class: 'setup',
      code: 'DUCKDB_SERVICE_UNREACHABLE',
      message: `DuckDB file ${file}: the socket of the service that has it open cannot be used: ${message}`,
      remedy: 'Run the command as the user of the service, or stop the service',
    });
  }
}

function silent(file: string): FaultError {
  return new FaultError({
    class: 'transient',
    code: 'DUCKDB_SERVICE_SILENT',
    message: `The service that has the DuckDB file ${file} open did not respond within ${HELLO_MS / 1000} s`,
    remedy: 'Look at its log and its /health; stop it, and the command opens the file itself',
  });
}

function gone(): FaultError {
  return new FaultError({
    class: 'transient',
    code: GONE,
    message: 'The service that has the DuckDB file open has ended; what was not committed is rolled back',
    remedy: 'Run the command again: it works without the service too',
  });
}

function tooLarge(bytes: number): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'DUCKDB_REQUEST_TOO_LARGE',
    message: `A statement of ${bytes} bytes is too large for the service's socket, which takes ${MAX_REQUEST_BYTES}`,
    remedy: 'Select fewer dead letters at a time, or stop the service',
  });
}

function notOurs(what: string): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'DUCKDB_SERVICE_VERSION',
    message: `The process that has the DuckDB file open sent ${what}`,
    remedy: 'Use the operator of the release that runs, or stop the service first',
  });
}
