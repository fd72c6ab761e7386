import { partitionName } from '#pipeline';
import { moveBinds, moveStatement } from '../../ledger/checkpoint-moves.js';
import type { CheckpointMove, CheckpointStore, DatedCheckpoint } from '../../ledger/checkpoint-store.js';
import { SNOWFLAKE } from '../../ledger/dialects.js';
import { readCheckpointsOf } from '../../ledger/read-ledger.js';
import { SnowflakeConnection } from '../session/snowflake-connection.js';
import { rollingBack } from '../session/rolling-back.js';
import { FIRST_TABLE, listCheckpointTables } from './checkpoint-tables.js';
import { readCheckpoints, takeLock } from './checkpoints.js';
import { warehouseIdentity } from './warehouse-identity.js';

export class SnowflakeCheckpointStore extends SnowflakeConnection implements CheckpointStore {
  async read(group: string, topic: string): Promise<DatedCheckpoint[]> {
    return this.ask(async (session) => {
      const tables = await listCheckpointTables(session);
      return readCheckpointsOf((sql, binds) => session.query(sql, binds), SNOWFLAKE, group, topic, tables);
    });
  }

  async identity(): Promise<string> {
    return this.ask(warehouseIdentity);
  }

  async move(group: string, moves: readonly CheckpointMove[]): Promise<boolean> {
    return this.ask((session) =>
      rollingBack(session, async () => {
        // Under the lock of the first table, rows stay in the tables that they are found in.
        await takeLock(session);
        const tables = await listCheckpointTables(session);
        const found = await readCheckpoints(session, group, moves, tables);
        const isIn = (table: string) => (move: CheckpointMove) =>
          (found.get(partitionName(move))?.heldIn ?? FIRST_TABLE) === table;
        for (const table of tables) {
          const own = moves.filter(isIn(table));
          if (own.length > 0 && table !== FIRST_TABLE) await takeLock(session, table);
          for (const move of own) {
            if (found.has(partitionName(move)) === (move.expected === null)) {
              await session.execute('ROLLBACK');
              return false;
            }
            if ((await session.execute(moveStatement(move, table), moveBinds(group, move))) === 1) continue;
            await session.execute('ROLLBACK');
            return false;
          }
        }
        await session.execute('COMMIT');
        return true;
      }),
    );
  }
}
