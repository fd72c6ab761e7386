import { setTimeout as delay } from 'node:timers/promises';
import { isConflict } from '../file/duckdb-fault.js';

const TRIES = 6;
const FIRST_WAIT_MS = 20;

/**
 * Repeats a transaction that met another one on the same rows, such as the service noting that a redriven letter is
 * stored. DuckDB lets one of the two fail at once instead of waiting.
 *
 * @throws the last conflict, or any other error
 */
export async function retryConflicts<T>(transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction();
    } catch (error) {
      if (!isConflict(error) || tries === TRIES) throw error;
      await delay(FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + Math.random()));
    }
  }
}
