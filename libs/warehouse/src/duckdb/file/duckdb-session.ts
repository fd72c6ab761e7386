import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { loadDuckDb } from './load-duckdb.js';
import { CREATE_STAGING } from '../writing/staging.js';

export interface DuckDbDatabase {
  /** The file; it is made where it is missing, its folder is not. */
  path: string;
  /** What DuckDB may hold in memory; beyond it, it writes to `<path>.tmp`. */
  memoryLimitMib: number;
  /** DuckDB's own threads, beside those of Node. */
  threads: number;
}

/**
 * How far the write-ahead log grows before DuckDB folds it into the file. It then holds every value since the last folding
 * in memory, with those of the batch that reaches this size and of the next one.
 */
const FOLD_LOG_AT = '32MiB';

/**
 * While it folds the log, DuckDB would join small row groups, for which it holds all values of 2,048 rows in memory: with
 * events of 150 KB that ends in a FATAL error. Each folding leaves a row group of its own instead.
 */
const JOIN_ROW_GROUPS = '0';

/** DuckDB's allocator keeps what was freed until that much has been in use: by default 128 MiB of a pod's memory. */
const RETURN_MEMORY_FROM = '1MiB';

/** An open database file and one connection to it, with its staging tables. */
export class DuckDbSession {
  private constructor(
    private readonly instance: DuckDBInstance,
    readonly connection: DuckDBConnection,
  ) {}

  /**
   * Opens the file. Sessions of one process share the database, which takes equal limits; two databases on one
   * file would not see each other's locks and destroy it.
   *
   * @throws what DuckDB throws
   */
  static async open({ path, memoryLimitMib, threads }: DuckDbDatabase): Promise<DuckDbSession> {
    const { DuckDBInstance } = await loadDuckDb();
    const instance = await DuckDBInstance.fromCache(path, {
      memory_limit: `${memoryLimitMib}MiB`,
      threads: String(threads),
      checkpoint_threshold: FOLD_LOG_AT,
      max_vacuum_tasks: JOIN_ROW_GROUPS,
      allocator_flush_threshold: RETURN_MEMORY_FROM,
      allocator_bulk_deallocation_flush_threshold: RETURN_MEMORY_FROM,
      // All that is needed is built in: nothing is fetched, and SQL reads no other file.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      enable_external_access: 'false',
    });
    const session = new DuckDbSession(instance, await instance.connect());
    try {
      await session.connection.run(`SET TimeZone = 'UTC'; ${CREATE_STAGING}`);
      return session;
    } catch (error) {
      // A session left behind would keep the file, and the next to open it would wait for ever.
      session.close();
      throw error;
    }
  }

  /** Also after a fatal error; the last session of the process closes the file. */
  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
