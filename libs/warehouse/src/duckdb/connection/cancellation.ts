import type { DuckDBConnection } from '@duckdb/node-api';

const REPEATED_MS = 50;

/**
 * Interrupts what a connection runs, until {@link end}. An interrupt that arrives just before a statement starts has no
 * effect on it.
 */
export class Cancellation {
  #timer: NodeJS.Timeout | undefined;

  begin(connection: DuckDBConnection): void {
    connection.interrupt();
    this.#timer ??= setInterval(() => {
      connection.interrupt();
    }, REPEATED_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
