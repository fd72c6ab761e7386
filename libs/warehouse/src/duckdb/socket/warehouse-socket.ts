import { lstat, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import type { Fault } from '#pipeline';
import { Guest, type Host } from './guest.js';
import { toFrame } from './frames.js';
import { socketPathOf, withShortPath } from './socket-path.js';
import { StatementSlots } from './statement-slots.js';

/** Leaves two of Node's four threads for file access to the service. */
const MOST_STATEMENTS = 2;
const MOST_GUESTS = 16;
/** Nobody but the owner may connect. */
const OTHERS_AND_EXECUTE = 0o177;

const logger = new Logger('DuckDbRepository');

/**
 * Lets commands of the file's owner use the database that this process has open, through a Unix socket beside the file.
 * Whoever has the file open is alone with it, so a socket that it finds there belongs to a process that was killed.
 */
export class WarehouseSocket {
  readonly #guests = new Set<Guest>();
  readonly #host: Host;

  private constructor(
    private readonly server: Server,
    private readonly path: string,
    host: Omit<Host, 'slots'>,
  ) {
    this.#host = { ...host, slots: new StatementSlots(MOST_STATEMENTS) };
    server.on('connection', (socket) => {
      this.#receive(socket);
    });
    server.on('error', (error) => {
      logger.warn(
        { event: 'operator_socket_failed', socket: path },
        `The operator's socket failed: ${error.message}`,
      );
    });
  }

  /** Returns null, and logs why, where no socket can be opened: the service does without. */
  static async open(file: string, host: Omit<Host, 'slots'>): Promise<WarehouseSocket | null> {
    const server = createServer({ allowHalfOpen: false });
    try {
      const path = await socketPathOf(file);
      await removeStale(path);
      await withShortPath(path, (short) => listen(server, short));
      return new WarehouseSocket(server, path, host);
    } catch (error) {
      const text = `The operator cannot use the warehouse while the service runs: no socket beside ${file}: ${messageOf(error)}`;
      logger.warn({ event: 'operator_socket_failed' }, text);
      return null;
    }
  }

  /** Cancels what the guests run; they stay connected. */
  interrupt(why: Fault): void {
    for (const guest of this.#guests) guest.interrupt(why);
  }

  /** Resolves when no guest has a connection to the database any more. */
  async sendAway(why: Fault): Promise<void> {
    await Promise.all([...this.#guests].map((guest) => guest.sendAway(why)));
  }

  async close(): Promise<void> {
    this.server.close();
    await this.sendAway(STOPPING);
    await rm(this.path, { force: true });
  }

  #receive(socket: Socket): void {
    if (this.#guests.size >= MOST_GUESTS) {
      socket
        .on('error', () => undefined)
        .end(toFrame({ kind: 'error', message: TOO_MANY.message, fault: TOO_MANY }));
      return;
    }
    const guest = new Guest(socket, this.#host);
    this.#guests.add(guest);
    void guest.closed.then(() => this.#guests.delete(guest));
  }
}

const STOPPING: Fault = {
  class: 'transient',
  code: 'DUCKDB_SERVICE_STOPS',
  message: 'The service that has the DuckDB file open is stopping; what was not committed is rolled back',
  remedy: 'Run the command again: it works without the service too',
};

const TOO_MANY: Fault = {
  class: 'transient',
  code: 'DUCKDB_SERVICE_BUSY',
  message: `The service that has the DuckDB file open serves ${MOST_GUESTS} commands already`,
  remedy: 'End one of them, and run the command again',
};

/** The mode is set before anybody can connect: listening binds the socket synchronously. */
async function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  const mask = process.umask(OTHERS_AND_EXECUTE);
  try {
    server.listen(path, () => {
      resolve(undefined);
    });
  } finally {
    process.umask(mask);
  }
  await promise;
  server.off('error', reject);
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found?.isSocket() === true) await rm(path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
