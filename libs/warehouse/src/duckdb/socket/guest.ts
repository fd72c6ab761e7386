import type { Socket } from 'node:net';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBResult } from '@duckdb/node-api';
import { FaultError, type Fault } from '#pipeline';
import { Cancellation } from '../connection/cancellation.js';
import { typeNames } from '../connection/native-stream.js';
import { queryReadOnly } from '../connection/read-only.js';
import type { Access } from '../connection/sql-connection.js';
import { RowChunks } from '../connection/row-chunks.js';
import { loadBindings, loadDuckDb } from '../file/load-duckdb.js';
import { ProtocolError } from './frames.js';
import { gone, GuestConnection } from './guest-connection.js';
import { PROTOCOL_VERSION, type Request } from './protocol.js';
import type { StatementSlots } from './statement-slots.js';
import { stagedTable } from '../writing/staging-tables.js';

/** The service that a guest is connected to. */
export interface Host {
  readonly slots: StatementSlots;
  /** @throws FaultError if the file must not be used now */
  connect(access: Access): Promise<DuckDBConnection>;
  /** @throws FaultError if the file must not be used any more */
  check(): Promise<void>;
}

/** Rows are sent in parts of about this size, between which the event loop is free. */
const PART_BYTES = 256 * 1024;
const BEGINS = /^\s*BEGIN\b/i;
const ENDS = /^\s*(COMMIT|ROLLBACK)\b/i;

/** A client of the socket, with a connection of its own: its transactions are not those of the service. */
export class Guest {
  /** Resolves when the connection is closed, and with it an open transaction is rolled back. */
  readonly closed: Promise<void>;
  #connection: DuckDBConnection | null = null;
  #access: Access = 'READ_ONLY';
  #isInTransaction = false;
  readonly #client: GuestConnection;
  /** Set when the service sends the guest away. */
  #farewell: Fault | null = null;
  #isRunning = false;
  readonly #cancellation = new Cancellation();
  /** Set when the service cancels a statement. */
  #interruptedBecause: Fault | null = null;

  constructor(
    socket: Socket,
    private readonly host: Host,
  ) {
    this.#client = new GuestConnection(socket, () => {
      this.#cancel();
    });
    this.closed = this.#serve();
  }

  /** Cancels what runs, tells the client why, and ends the connection. */
  async sendAway(why: Fault): Promise<void> {
    this.#farewell = why;
    this.#cancel();
    this.#client.close();
    await this.closed;
  }

  /** Cancels what runs: the client gets an error with this reason. */
  interrupt(why: Fault): void {
    if (!this.#isRunning) return;
    this.#interruptedBecause = why;
    this.#cancel();
  }

  #cancel(): void {
    if (this.#isRunning && this.#connection !== null) this.#cancellation.begin(this.#connection);
  }

  async #serve(): Promise<void> {
    try {
      for (let request = await this.#next(); request !== null; request = await this.#next()) {
        await this.#answer(request);
      }
    } catch {
      // The client is gone, or does not take what is sent.
    } finally {
      const why = this.#farewell;
      this.#client.end(why && { kind: 'error', message: why.message, fault: why });
      this.#connection?.closeSync();
      this.#connection = null;
    }
  }

  #next(): Promise<Request | null> {
    return this.#client.next({ isInTransaction: this.#isInTransaction });
  }

  async #answer(request: Request): Promise<void> {
    try {
      const rowsChanged = await this.#execute(request);
      await this.#client.send({ kind: 'done', rowsChanged });
    } catch (error) {
      if (this.#client.isClosed) throw error;
      const why = this.#farewell ?? this.#interruptedBecause;
      this.#interruptedBecause = null;
      const fault = why ?? (error instanceof FaultError ? error.fault : null);
      await this.#client.send({ kind: 'error', message: messageOf(error), fault });
    }
  }

  /** Returns the number of rows changed. */
  async #execute(request: Request): Promise<number> {
    if (request.kind === 'hello') {
      await this.#welcome(request);
      return 0;
    }
    const connection = this.#connection;
    if (connection === null) throw new ProtocolError('a request before the hello');
    await this.host.check();
    switch (request.kind) {
      case 'query':
        await this.#query(connection, request);
        return 0;
      case 'append':
        return this.#native(() => append(connection, request));
      case 'run':
        return this.#run(connection, request);
    }
  }

  async #welcome({ version, access }: { version: number; access: Access }): Promise<void> {
    if (version !== PROTOCOL_VERSION) throw anotherVersion();
    this.#access = access;
    this.#connection ??= await this.host.connect(access);
  }

  async #run(connection: DuckDBConnection, { sql, binds }: Statement): Promise<number> {
    if (this.#access === 'READ_ONLY')
      throw new ProtocolError('a statement over a connection that only reads');
    // A COMMIT that fails ends the transaction too.
    if (ENDS.test(sql)) this.#isInTransaction = false;
    const { rowsChanged } = await this.#native(() => connection.run(sql, binds));
    if (BEGINS.test(sql)) this.#isInTransaction = true;
    return rowsChanged;
  }

  async #query(connection: DuckDBConnection, { sql, binds }: Statement): Promise<void> {
    if (this.#access === 'READ_WRITE') {
      await this.#sendRows(await this.#native(() => connection.stream(sql, binds)));
      return;
    }
    const query = await this.#native(() => queryReadOnly(connection, sql, binds));
    try {
      await this.#sendRows(query.result);
    } finally {
      await query.end();
    }
  }

  /** Fetches a chunk only when the client has taken the ones before. */
  async #sendRows(result: DuckDBResult): Promise<void> {
    const { JsonDuckDBValueConverter } = await loadDuckDb();
    const names = result.deduplicatedColumnNames();
    await this.#client.send({ kind: 'columns', names, types: typeNames(result) });
    for (;;) {
      const chunk = await this.#native(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      let part: string[] = [];
      let bytes = 0;
      for (let row = 0; row < chunk.rowCount; row++) {
        const text = JSON.stringify(chunk.convertRowValues(row, JsonDuckDBValueConverter));
        part.push(text);
        bytes += text.length;
        if (bytes < PART_BYTES && row < chunk.rowCount - 1) continue;
        await this.#sendPart(part);
        part = [];
        bytes = 0;
      }
    }
  }

  async #sendPart(rows: readonly string[]): Promise<void> {
    await this.#client.sendRows(rows);
    await yieldToOthers();
    if (this.#client.isOver) throw gone();
  }

  /** Runs one operation of DuckDB on a thread of Node's pool. */
  #native<T>(operation: () => Promise<T>): Promise<T> {
    return this.host.slots.run(async () => {
      if (this.#client.isOver) throw gone();
      this.#isRunning = true;
      try {
        return await operation();
      } finally {
        this.#isRunning = false;
        this.#cancellation.end();
      }
    });
  }
}

interface Statement {
  sql: string;
  binds: (string | number | null)[];
}

async function append(
  connection: DuckDBConnection,
  { table, rows }: Extract<Request, { kind: 'append' }>,
): Promise<number> {
  const duckDb = await loadBindings();
  const chunks = new RowChunks(duckDb, stagedTable(table));
  const appender = await connection.createAppender(table, 'main', 'temp');
  const chunk = duckDb.api.DuckDBDataChunk.create(chunks.types);
  const left = rows.values();
  while (chunks.fill(chunk, left) > 0) {
    appender.appendDataChunk(chunk);
    chunk.reset();
  }
  appender.closeSync();
  return rows.length;
}

function messageOf(error: unknown): string {
  if (error instanceof ProtocolError) return `The service received ${error.message}`;
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}

function anotherVersion(): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'DUCKDB_SERVICE_VERSION',
    message: 'The service that has the DuckDB file open is of another release than this command',
    remedy: 'Use the operator of the release that runs, or stop the service first',
  });
}
