import type { Json } from '@duckdb/node-api';
import type {
  Access,
  SqlConnection,
  SqlValue,
  StreamedRows,
  WarehouseSession,
} from '../connection/sql-connection.js';
import { Mutex } from '../../mutex.js';
import type { StagedRow, StagedTable, StagedValue } from '../connection/staged-rows.js';
import type { Cell, Request } from './protocol.js';
import { ServiceLink } from './service-link.js';

/** Appended rows a request; they have some hundred bytes each. */
const MOST_APPENDED = 500;

/** A database that a running service has open, used through its socket. */
export class ServiceSession implements WarehouseSession {
  readonly connection: SqlConnection;

  private constructor(
    private readonly link: ServiceLink,
    private readonly file: string,
    private readonly access: Access,
  ) {
    this.connection = new ServiceConnection(link);
  }

  /**
   * Returns null if no running service has the file open.
   *
   * @throws FaultError
   */
  static async open(file: string, access: Access): Promise<ServiceSession | null> {
    const link = await ServiceLink.open(file, access);
    return link === null ? null : new ServiceSession(link, file, access);
  }

  async stream(sql: string, binds: readonly SqlValue[] = [], signal?: AbortSignal): Promise<StreamedRows> {
    const link = await ServiceLink.open(this.file, this.access);
    if (link === null) throw new Error('The service that has the DuckDB file open has ended');
    const cancel = () => {
      link.close();
    };
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted === true) cancel();
    const responses = link.exchange({ kind: 'query', sql, binds: [...binds] });
    try {
      const first = await responses.next();
      if (first.done === true || first.value.kind !== 'columns')
        throw new Error('The service sent no columns');
      const { names, types } = first.value;
      const end = () => {
        signal?.removeEventListener('abort', cancel);
        link.close();
      };
      return { columns: names, types, chunks: chunksOf(responses, end) };
    } catch (error) {
      link.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.link.close();
  }
}

async function* chunksOf(
  responses: ReturnType<ServiceLink['exchange']>,
  end: () => void,
): AsyncGenerator<Json[][]> {
  try {
    for await (const response of responses) if (response.kind === 'rows') yield response.rows;
  } finally {
    end();
  }
}

class ServiceConnection implements SqlConnection {
  readonly #mutex = new Mutex();

  constructor(private readonly link: ServiceLink) {}

  async run(sql: string, binds: readonly SqlValue[] = []): Promise<number> {
    return this.#rowsChanged({ kind: 'run', sql, binds: [...binds] });
  }

  async rows<Row extends object>(sql: string, binds: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#mutex.run(async () => {
      let columns: string[] = [];
      const rows: Row[] = [];
      for await (const response of this.link.exchange({ kind: 'query', sql, binds: [...binds] })) {
        if (response.kind === 'columns') columns = response.names;
        if (response.kind !== 'rows') continue;
        for (const row of response.rows) {
          rows.push(Object.fromEntries(columns.map((name, index) => [name, row[index]])) as Row);
        }
      }
      return rows;
    });
  }

  /** The rows wait in a temporary table of this connection. */
  async stage<T>(
    { name }: StagedTable,
    rows: Iterable<StagedRow>,
    work: (source: string) => Promise<T>,
  ): Promise<T> {
    await this.run(`TRUNCATE temp.${name}`);
    let part: Cell[][] = [];
    for (const row of rows) {
      part.push(row.map(toCell));
      if (part.length < MOST_APPENDED) continue;
      await this.#rowsChanged({ kind: 'append', table: name, rows: part });
      part = [];
    }
    if (part.length > 0) await this.#rowsChanged({ kind: 'append', table: name, rows: part });
    return work(`temp.${name}`);
  }

  #rowsChanged(request: Request): Promise<number> {
    return this.#mutex.run(async () => {
      let changed = 0;
      for await (const response of this.link.exchange(request)) {
        if (response.kind === 'done') changed = response.rowsChanged;
      }
      return changed;
    });
  }
}

function toCell(value: StagedValue): Cell {
  return typeof value === 'object' ? (value?.toString() ?? null) : value;
}
