import { moveBinds, moveStatement } from '../../ledger/checkpoint-moves.js';
import type { CheckpointMove, CheckpointStore, DatedCheckpoint } from '../../ledger/checkpoint-store.js';
import { DUCKDB } from '../../ledger/dialects.js';
import { readCheckpointsOf } from '../../ledger/read-ledger.js';
import { INGESTION_CHECKPOINTS } from '../../tables.js';
import { retryConflicts } from '../connection/retry-conflicts.js';
import type { SqlConnection } from '../connection/sql-connection.js';
import { DuckDbFileConnection } from '../file/duckdb-file-connection.js';
import { warehouseIdentity } from '../file/warehouse-identity.js';

export class DuckDbCheckpointStore extends DuckDbFileConnection implements CheckpointStore {
  async read(group: string, topic: string): Promise<DatedCheckpoint[]> {
    return this.ask((connection) =>
      readCheckpointsOf((sql, binds) => connection.rows(sql, binds), DUCKDB, group, topic),
    );
  }

  async identity(): Promise<string> {
    return this.ask(warehouseIdentity);
  }

  async move(group: string, moves: readonly CheckpointMove[]): Promise<boolean> {
    return this.ask((connection) => retryConflicts(() => moveAll(connection, group, moves)));
  }
}

async function moveAll(
  connection: SqlConnection,
  group: string,
  moves: readonly CheckpointMove[],
): Promise<boolean> {
  await connection.run('BEGIN');
  try {
    for (const move of moves) {
      const sql = moveStatement(move, INGESTION_CHECKPOINTS.name);
      if ((await connection.run(sql, moveBinds(group, move))) === 1) continue;
      await connection.run('ROLLBACK');
      return false;
    }
    await connection.run('COMMIT');
    return true;
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
