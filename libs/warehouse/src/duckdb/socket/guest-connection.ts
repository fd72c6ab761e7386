import type { Socket } from 'node:net';
import { FrameReader, ProtocolError, toFrame, toTextFrame } from './frames.js';
import { MAX_REQUEST_BYTES, parseRequest, type Request, type Response } from './protocol.js';

/**
 * How long a client may leave its transaction open without a request, or not take what is sent: meanwhile DuckDB keeps
 * old versions of rows.
 */
const PATIENCE_MS = 60_000;
const FAREWELL_MS = 1_000;

/** The socket of one client: a request at a time, and responses as fast as the client takes them. */
export class GuestConnection {
  readonly #requests: Request[] = [];
  readonly #reader = new FrameReader(MAX_REQUEST_BYTES);
  #wake: () => void = () => undefined;
  #isClosing = false;

  /** @param closed is called when the socket is closed, by either side */
  constructor(
    private readonly socket: Socket,
    closed: () => void,
  ) {
    socket
      .on('data', (chunk: Buffer) => {
        this.#receive(chunk);
      })
      .on('error', () => undefined)
      .on('end', () => {
        socket.destroy();
      })
      .on('close', () => {
        closed();
        this.#wake();
      });
  }

  /** Whether the socket is closed: nothing can be sent any more. */
  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  /** Whether no further request is taken: the socket is closed, or about to be. */
  get isOver(): boolean {
    return this.isClosed || this.#isClosing;
  }

  /** The next request, or null when there will be none. A client in a transaction must not be silent for long. */
  async next({ isInTransaction }: { isInTransaction: boolean }): Promise<Request | null> {
    const impatience = isInTransaction ? setTimeout(() => this.socket.destroy(), PATIENCE_MS) : undefined;
    while (this.#requests.length === 0 && !this.isOver) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    clearTimeout(impatience);
    return this.isOver ? null : (this.#requests.shift() ?? null);
  }

  /** @throws if the client does not take what is sent, or is gone */
  send(response: Response): Promise<void> {
    return this.#write(toFrame(response));
  }

  /** @throws as `send` does */
  sendRows(rows: readonly string[]): Promise<void> {
    return this.#write(toTextFrame(`{"kind":"rows","rows":[${rows.join(',')}]}`));
  }

  /** Takes no further request, and does not wait for a client that does not take what is sent. */
  close(): void {
    this.#isClosing = true;
    this.#wake();
    if (this.socket.writableNeedDrain) this.socket.destroy();
  }

  /** Sends a last response and what is left, as long as the client takes it. */
  end(last: Response | null): void {
    if (last !== null && !this.isClosed) this.socket.write(toFrame(last));
    this.socket.destroySoon();
    setTimeout(() => this.socket.destroy(), FAREWELL_MS).unref();
  }

  #receive(chunk: Buffer): void {
    try {
      this.#requests.push(...this.#reader.read(chunk).map(parseRequest));
      if (this.#requests.length > 1) throw new ProtocolError('a request before the response to the last one');
      this.#wake();
    } catch (error) {
      const what = error instanceof ProtocolError ? error.message : 'something unexpected';
      this.end({ kind: 'error', message: `The service received ${what}`, fault: null });
    }
  }

  async #write(frame: Buffer): Promise<void> {
    if (this.isClosed) throw gone();
    if (this.socket.write(frame)) return;
    if (this.#isClosing) this.socket.destroy();
    else await this.#drained();
  }

  #drained(): Promise<void> {
    const { socket } = this;
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        socket.off('drain', settle).off('close', settle);
        if (socket.destroyed) reject(gone());
        else resolve();
      };
      const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
      socket.on('drain', settle).on('close', settle);
    });
  }
}

export function gone(): Error {
  return new Error('The client is gone');
}
