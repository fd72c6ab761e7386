import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { objectMissing } from './errors.js';
import type { ArmedFault, FaultRule } from './protocol/faults.js';
import { Faults } from './protocol/faults.js';
import { Journal } from './protocol/journal.js';
import type { SnowflakeEndpointOptions } from './options.js';
import { DEFAULT_OPTIONS } from './options.js';
import type { QueryOptions } from './protocol/queries.js';
import { Requests } from './protocol/requests.js';
import type { RowObject } from './seeds.js';
import { fromRowObject, toRowObject } from './seeds.js';
import type { Extension, SizeLimit } from './protocol/server.js';
import { listen } from './protocol/server.js';
import { Session } from './state/sessions.js';
import { Authorization } from './streaming/authorization.js';
import { StreamingRequests } from './streaming/streaming-requests.js';
import { Streaming } from './streaming/streaming.js';
import type { AfterWait } from './statements/execution.js';
import type { Table } from './state/tables.js';
import type { WarehouseState } from './warehouse.js';
import { Warehouse } from './warehouse.js';

/** Emulates Snowflake for its Node driver, in this process: with state, locks, transactions, and faults on demand. */
export class SnowflakeEndpoint {
  readonly faults = new Faults();
  readonly journal = new Journal();
  url = '';
  private readonly warehouse: Warehouse;
  /** Snowpipe Streaming into the same tables. */
  readonly streaming: Streaming;
  private readonly authorization: Authorization;
  private readonly streamingRequests: StreamingRequests;
  private readonly requests: Requests;
  private readonly behaviour: QueryOptions;
  private readonly size: SizeLimit;
  private server: Server | null = null;

  private constructor(private readonly options: SnowflakeEndpointOptions) {
    const { unparseable, maxVariantBytes, trustJson: trusting, users } = options;
    this.warehouse = new Warehouse({ ...options, json: { unparseable, maxVariantBytes, trusting } });
    this.behaviour = { ...options };
    const { maxRequestBytes, tooLarge } = options;
    this.size = { maxRequestBytes, tooLarge };
    const known = users === null ? null : new Map(Object.entries(users));
    this.requests = new Requests(this.warehouse, known, this.journal, this.behaviour);
    this.streaming = new Streaming(this.warehouse, options);
    this.authorization = new Authorization(known);
    this.streamingRequests = new StreamingRequests(this.streaming, this.authorization, this.journal, {
      account: options.account,
      hostname: () => options.streamingHostname ?? new URL(this.url).host,
      form: options.streamingAnswers,
    });
  }

  /** @param extension handles paths that begin with `/__` */
  static async start(
    options: Partial<SnowflakeEndpointOptions> = {},
    extension: (endpoint: SnowflakeEndpoint) => Extension = () => () => false,
  ): Promise<SnowflakeEndpoint> {
    const endpoint = new SnowflakeEndpoint({ ...DEFAULT_OPTIONS, ...options });
    const { requests, streamingRequests: streaming, warehouse, faults, journal, size } = endpoint;
    const parts = { requests, streaming, warehouse, faults, journal, size, extension: extension(endpoint) };
    const { server, url } = await listen(parts, endpoint.options.port);
    endpoint.server = server;
    endpoint.url = url;
    return endpoint;
  }

  /** Breaks every connection. Tables and the journal remain readable. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = null;
    this.requests.queries.clear();
    this.streaming.close();
    if (server === null) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  /** Saves every committed row; returns a function that restores them. */
  save(): () => void {
    const tables = [...this.warehouse.catalog.tables.values()];
    const saved = tables.map((table) => ({ table, rows: table.rows.map((row) => [...row]) }));
    return () => {
      for (const { table, rows } of saved) table.rows = rows.map((row) => [...row]);
    };
  }

  /**
   * Runs a statement without a client: at once, with all privileges, and committed. Returns its rows.
   *
   * @throws SqlError
   */
  async run(sql: string): Promise<RowObject[]> {
    const { database, schema } = this.warehouse.catalog;
    const session = new Session('ADMIN', 'ADMIN', database, schema, 'ACCOUNTADMIN');
    const { columns, rows } = await this.warehouse.run(session, this.warehouse.parse(sql), {
      binds: [],
      queryId: randomUUID(),
      signal: new AbortController().signal,
      holdMs: 0,
    });
    return rows.map((row) => toRowObject(columns, row));
  }

  /** Adds committed rows to an existing table. */
  seed(table: string, rows: readonly RowObject[]): void {
    const target = this.find(table);
    target.append(rows.map((row) => fromRowObject(target, row)));
  }

  /** The committed rows. */
  table(name: string): RowObject[] {
    const { columns, rows } = this.find(name);
    return rows.map((row) => toRowObject(columns, row));
  }

  /** The number of committed rows of a table, kept or only counted. */
  count(name: string): number {
    return this.find(name).count;
  }

  get tables(): string[] {
    return [...this.warehouse.catalog.tables.keys()];
  }

  get schemas(): string[] {
    return [...this.warehouse.schemas.keys()];
  }

  get openTransactions(): { id: string; session: number; idleMs: number }[] {
    return this.warehouse.openTransactions().map(({ id, sessionId, running, lastActiveAt }) => ({
      id,
      session: sessionId,
      idleMs: running > 0 ? 0 : Date.now() - lastActiveAt,
    }));
  }

  get locks(): { table: string; transaction: string; waiting: boolean }[] {
    return this.warehouse.locks.list().map(({ resource, transaction, acquiredAt }) => ({
      table: resource.name,
      transaction: transaction.id,
      waiting: acquiredAt === null,
    }));
  }

  get sessions(): {
    id: number;
    user: string;
    parameters: Record<string, string>;
    temporaryTables: string[];
  }[] {
    return this.warehouse.sessions.all().map(({ id, user, parameters, temporaryTables }) => ({
      id,
      user,
      parameters: Object.fromEntries(parameters),
      temporaryTables: [...temporaryTables.keys()],
    }));
  }

  /** Ends a session on the server: its transaction is rolled back, and the client learns of it later. */
  endSession(id: number): void {
    const session = this.warehouse.sessions.all().find((each) => each.id === id);
    if (session !== undefined) this.warehouse.endSession(session);
  }

  /** Ends every open transaction, as somebody else; their sessions are not notified. */
  abortTransactions(): void {
    this.warehouse.abortTransactions();
  }

  set holdMs(milliseconds: number) {
    this.behaviour.holdMs = milliseconds;
  }

  set maxRequestBytes(bytes: number) {
    this.size.maxRequestBytes = bytes;
  }

  set resends(resends: 'dedupe' | 'run-both') {
    this.behaviour.resends = resends;
  }

  set warehouseState(state: WarehouseState) {
    this.warehouse.state = state;
  }

  set hybridTables(hybridTables: boolean) {
    this.warehouse.hybridTables = hybridTables;
  }

  set afterWait(afterWait: AfterWait) {
    this.warehouse.afterWait = afterWait;
  }

  set oldReadsMs(milliseconds: number) {
    this.warehouse.oldReadsMs = milliseconds;
  }

  /**
   * Revokes a privilege from every role: `SELECT`, `INSERT`, `UPDATE`, `DELETE`; or, without a table, `CREATE TABLE`,
   * `CREATE VIEW`, `CREATE SCHEMA`.
   */
  revoke(privilege: string, table?: string): void {
    this.warehouse.revoked.add(table === undefined ? privilege : `${privilege} ${table}`);
  }

  grant(privilege: string, table?: string): void {
    this.warehouse.revoked.delete(table === undefined ? privilege : `${privilege} ${table}`);
  }

  /** Expires every scoped token of Snowpipe Streaming issued so far. */
  expireStreamingTokens(): void {
    this.authorization.expireTokens();
  }

  addFault(rule: FaultRule): ArmedFault {
    return this.faults.add(rule);
  }

  /** Empties the tables, and clears sessions, faults and the journal. Tables and views themselves stay. */
  reset(): void {
    for (const session of this.warehouse.sessions.all()) this.warehouse.endSession(session);
    this.requests.queries.clear();
    this.streaming.reset();
    for (const table of this.warehouse.catalog.tables.values()) {
      table.rows = [];
      table.unkept = 0;
    }
    this.warehouse.revoked.clear();
    this.warehouse.state = 'ready';
    this.faults.clear();
    this.journal.clear();
  }

  private find(name: string): Table {
    const table = this.warehouse.catalog.tables.get(name);
    if (table === undefined) throw objectMissing(name);
    return table;
  }
}
