import { setTimeout as delay } from 'node:timers/promises';
import type { Access, WarehouseSession } from '../connection/sql-connection.js';
import { ServiceSession } from '../socket/service-session.js';
import { toFault } from './duckdb-fault.js';

/** A service opens its socket shortly after the file. */
const STARTING_MS = 2_000;
const POLL_MS = 100;

/**
 * Opens the warehouse for a command: through the service that has the file open, otherwise the file itself.
 *
 * @throws FaultError, or what DuckDB throws
 */
export async function openWarehouse(
  path: string,
  access: Access,
  openFile: () => Promise<WarehouseSession>,
): Promise<WarehouseSession> {
  const deadline = performance.now() + STARTING_MS;
  for (;;) {
    const session = await ServiceSession.open(path, access);
    if (session !== null) return session;
    try {
      return await openFile();
    } catch (error) {
      if (toFault(error, path).code !== 'DUCKDB_LOCKED' || performance.now() > deadline) throw error;
    }
    await delay(POLL_MS);
  }
}
