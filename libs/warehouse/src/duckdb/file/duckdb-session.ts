import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { NativeConnection } from '../connection/native-connection.js';
import { streamRows } from '../connection/native-stream.js';
import { registerStagedRows } from '../connection/staged-rows-function.js';
import type {
  Access,
  SqlConnection,
  SqlValue,
  StreamedRows,
  WarehouseSession,
} from '../connection/sql-connection.js';
import { CREATE_STAGING } from '../writing/staging-tables.js';
import { loadDuckDb } from './load-duckdb.js';

export interface DuckDbDatabase {
  /** The file is created if it is missing; its folder is not. */
  path: string;
  /** DuckDB's memory limit, beyond which it spills to `<path>.tmp`. */
  memoryLimitMib: number;
  /** DuckDB's own threads, in addition to Node's. */
  threads: number;
}

/**
 * The size at which DuckDB merges the write-ahead log into the file. A merge holds every value since the last one in
 * memory, including those of the batch that reaches this size and of the next batch.
 */
const MERGE_LOG_AT = '32MiB';

/**
 * During a merge DuckDB would also join small row groups, with all values of 2,048 rows in memory: with events of 150 KB
 * that ends in a FATAL error. Without it, each merge leaves a row group of its own.
 */
const JOIN_ROW_GROUPS = '0';

/** The oldest version of DuckDB that reads new files: the first with Zstandard. */
const STORAGE = 'v1.2.0';

/** DuckDB's allocator retains freed memory up to this threshold: by default 128 MiB of a pod's memory. */
const RETURN_MEMORY_FROM = '1MiB';

/** Everything needed is built in: no downloads, and SQL reads no other file. */
const CLOSED_IN = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  enable_external_access: 'false',
};

/** The same hours on every machine. */
const IN_UTC = `SET TimeZone = 'UTC'`;

/** An open database file and one connection to it. */
export class DuckDbSession implements WarehouseSession {
  readonly connection: SqlConnection;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly native: DuckDBConnection,
    private readonly access: Access,
  ) {
    this.connection = new NativeConnection(native);
  }

  /**
   * Opens the file. Sessions of one process share the database instance, so their limits must be equal: two instances
   * on one file would not see each other's locks and would destroy it.
   *
   * @throws what DuckDB throws
   */
  static async open({ path, memoryLimitMib, threads }: DuckDbDatabase): Promise<DuckDbSession> {
    const { DuckDBInstance } = await loadDuckDb();
    const instance = await DuckDBInstance.fromCache(path, {
      memory_limit: `${memoryLimitMib}MiB`,
      threads: String(threads),
      checkpoint_threshold: MERGE_LOG_AT,
      max_vacuum_tasks: JOIN_ROW_GROUPS,
      storage_compatibility_version: STORAGE,
      allocator_flush_threshold: RETURN_MEMORY_FROM,
      allocator_bulk_deallocation_flush_threshold: RETURN_MEMORY_FROM,
      ...CLOSED_IN,
    });
    return DuckDbSession.#on(instance, 'READ_WRITE');
  }

  /**
   * Opens the file for one command, with DuckDB's own limits.
   *
   * @throws what DuckDB throws
   */
  static async openForCommand(path: string, access: Access): Promise<DuckDbSession> {
    const { DuckDBInstance } = await loadDuckDb();
    const instance = await DuckDBInstance.create(path, { access_mode: access, ...CLOSED_IN });
    return DuckDbSession.#on(instance, access);
  }

  static async #on(instance: DuckDBInstance, access: Access): Promise<DuckDbSession> {
    try {
      const connection = await connectTo(instance);
      if (access === 'READ_WRITE') await registerStagedRows(connection);
      return new DuckDbSession(instance, connection, access);
    } catch (error) {
      // A leaked instance would keep the file, and the next open would wait forever.
      instance.closeSync();
      throw error;
    }
  }

  /** A further connection, with staging tables unless it only reads; whoever takes it closes it. */
  connect(access: Access): Promise<DuckDBConnection> {
    return connectTo(this.instance, access === 'READ_ONLY' ? '' : CREATE_STAGING);
  }

  async stream(sql: string, binds: readonly SqlValue[] = [], signal?: AbortSignal): Promise<StreamedRows> {
    return streamRows(await this.connect('READ_ONLY'), this.access, { sql, binds }, signal);
  }

  /** Also works after a fatal error. The last session of the process closes the file. */
  async close(): Promise<void> {
    this.native.closeSync();
    this.instance.closeSync();
  }
}

async function connectTo(instance: DuckDBInstance, setUp = ''): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  try {
    await connection.run(`${IN_UTC}; ${setUp}`);
    return connection;
  } catch (error) {
    connection.closeSync();
    throw error;
  }
}
