import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { loadDuckDb } from './load-duckdb.js';
import { CREATE_STAGING } from '../writing/staging.js';

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

/** DuckDB's allocator retains freed memory up to this threshold: by default 128 MiB of a pod's memory. */
const RETURN_MEMORY_FROM = '1MiB';

/** An open database file and one connection to it, with its staging tables. */
export class DuckDbSession {
  private constructor(
    private readonly instance: DuckDBInstance,
    readonly connection: DuckDBConnection,
  ) {}

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
      allocator_flush_threshold: RETURN_MEMORY_FROM,
      allocator_bulk_deallocation_flush_threshold: RETURN_MEMORY_FROM,
      // Everything needed is built in: no downloads, and SQL reads no other file.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      enable_external_access: 'false',
    });
    const session = new DuckDbSession(instance, await instance.connect());
    try {
      await session.connection.run(`SET TimeZone = 'UTC'; ${CREATE_STAGING}`);
      return session;
    } catch (error) {
      // A leaked session would keep the file, and the next open would wait forever.
      session.close();
      throw error;
    }
  }

  /** Also works after a fatal error. The last session of the process closes the file. */
  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
