import { access } from 'node:fs/promises';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { FaultError, type Fault } from '#pipeline';
import type { DuckDbSettings, SnowflakeSettings } from '#settings';
import { notOpen } from '../checkpoint-faults.js';
import { toFault as duckDbFault } from '../duckdb/duckdb-fault.js';
import { toFault as snowflakeFault } from '../snowflake/faults.js';
import { sessionOptions } from '../snowflake/from-settings.js';
import type { SessionOptions } from '../snowflake/options.js';
import { Session } from '../snowflake/session.js';
import type { LedgerReader, PartitionLedger } from './ledger.js';
import { readLedger } from './ledger-queries.js';

/** The ledger of the warehouse that the settings choose, not opened yet. The engine not chosen is null. */
export function ledgerReader({
  duckDb,
  snowflake,
}: {
  duckDb: DuckDbSettings | null;
  snowflake: SnowflakeSettings | null;
}): LedgerReader {
  if (snowflake !== null) return new SnowflakeLedger(sessionOptions(snowflake));
  if (duckDb === null) throw new Error('the settings hold no warehouse');
  return new DuckDbLedger(duckDb.path);
}

class SnowflakeLedger implements LedgerReader {
  #session: Session | null = null;

  constructor(private readonly options: SessionOptions) {}

  async open(): Promise<Fault[]> {
    try {
      this.#session = await Session.open(this.options);
      return [];
    } catch (error) {
      return [snowflakeFault(error)];
    }
  }

  async read(group: string, topic: string): Promise<PartitionLedger[]> {
    const session = this.#session;
    if (session === null) throw notOpen();
    try {
      return await readLedger((sql, binds) => session.query(sql, binds), SNOWFLAKE, group, topic);
    } catch (error) {
      throw new FaultError(snowflakeFault(error));
    }
  }

  async close(): Promise<void> {
    await this.#session?.end();
    this.#session = null;
  }
}

/** Opens the file to read only; a service that has it open keeps it to itself. */
class DuckDbLedger implements LedgerReader {
  #instance: DuckDBInstance | null = null;
  #connection: DuckDBConnection | null = null;

  constructor(private readonly path: string) {}

  async open(): Promise<Fault[]> {
    try {
      await access(this.path);
      this.#instance = await DuckDBInstance.create(this.path, { access_mode: 'READ_ONLY' });
      this.#connection = await this.#instance.connect();
      return [];
    } catch (error) {
      return [duckDbFault(error, this.path)];
    }
  }

  async read(group: string, topic: string): Promise<PartitionLedger[]> {
    const connection = this.#connection;
    if (connection === null) throw notOpen();
    try {
      return await readLedger(
        async (sql, binds) => (await connection.runAndReadAll(sql, binds)).getRowObjectsJson(),
        DUCKDB,
        group,
        topic,
      );
    } catch (error) {
      throw new FaultError(duckDbFault(error, this.path));
    }
  }

  async close(): Promise<void> {
    this.#connection?.closeSync();
    this.#instance?.closeSync();
    this.#connection = null;
    this.#instance = null;
  }
}

const SNOWFLAKE = {
  text: (field: string) => `EVENT_METADATA:${field}::VARCHAR`,
  integer: (field: string) => `TRY_TO_NUMBER(EVENT_METADATA:${field}::VARCHAR)`,
};

const DUCKDB = {
  text: (field: string) => `(EVENT_METADATA->>'$.${field}')`,
  integer: (field: string) => `TRY_CAST(EVENT_METADATA->>'$.${field}' AS BIGINT)`,
};
