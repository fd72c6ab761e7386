import { partitionName } from '#pipeline';
import type { DuckDbSettings, SnowflakeSettings } from '#settings';
import { warehouseIdentity as duckDbIdentity } from '../duckdb/file/warehouse-identity.js';
import { FIRST_TABLE, listCheckpointTables } from '../snowflake/checkpoints/checkpoint-tables.js';
import { readCheckpoints, takeLock } from '../snowflake/checkpoints/checkpoints.js';
import { sessionOptions } from '../snowflake/session/options-from-settings.js';
import { warehouseIdentity } from '../snowflake/checkpoints/warehouse-identity.js';
import { rollingBack } from '../snowflake/writing/transaction.js';
import { INGESTION_CHECKPOINTS } from '../tables.js';
import type { CheckpointMove, CheckpointStore, DatedCheckpoint } from './checkpoint-store.js';
import { DuckDbFileConnection, SnowflakeConnection } from './connections.js';
import { DUCKDB, SNOWFLAKE } from './dialects.js';
import { readCheckpointsOf } from './read-ledger.js';

/** The checkpoints in the warehouse that the settings choose, not opened yet. The engine not chosen is null. */
export function checkpointStore({
  duckDb,
  snowflake,
}: {
  duckDb: DuckDbSettings | null;
  snowflake: SnowflakeSettings | null;
}): CheckpointStore {
  if (snowflake !== null) return new SnowflakeCheckpoints(sessionOptions(snowflake));
  if (duckDb === null) throw new Error('the settings hold no warehouse');
  return new DuckDbCheckpoints(duckDb.path, 'READ_WRITE');
}

export class SnowflakeCheckpoints extends SnowflakeConnection implements CheckpointStore {
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
        // Under the lock of the first table each row stays in the table that it is found in.
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
            if ((await session.execute(statement(move, table), bindsOf(group, move))) === 1) continue;
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

export class DuckDbCheckpoints extends DuckDbFileConnection implements CheckpointStore {
  async read(group: string, topic: string): Promise<DatedCheckpoint[]> {
    return this.ask((connection) =>
      readCheckpointsOf(
        async (sql, binds) => (await connection.runAndReadAll(sql, binds)).getRowObjectsJson(),
        DUCKDB,
        group,
        topic,
      ),
    );
  }

  async identity(): Promise<string> {
    return this.ask(duckDbIdentity);
  }

  async move(group: string, moves: readonly CheckpointMove[]): Promise<boolean> {
    return this.ask(async (connection) => {
      await connection.run('BEGIN');
      for (const move of moves) {
        const sql = statement(move, INGESTION_CHECKPOINTS.name);
        if ((await connection.run(sql, bindsOf(group, move))).rowsChanged === 1) continue;
        await connection.run('ROLLBACK');
        return false;
      }
      await connection.run('COMMIT');
      return true;
    });
  }
}

/** Binds: group, topic. The numbers are our own. Changes no row where the checkpoint is not as it is expected. */
function statement({ partition, expected, to }: CheckpointMove, table: string): string {
  if (expected === null) {
    return `
    INSERT INTO ${table} (${INGESTION_CHECKPOINTS.columns.map(({ name }) => `"${name}"`).join(', ')})
    SELECT g.CONSUMER_GROUP, g.TOPIC, ${partition}, ${to}, ${to}, 0, 0, 0, 0, 0, NULL, CURRENT_TIMESTAMP
    FROM (SELECT CAST(? AS VARCHAR) AS CONSUMER_GROUP, CAST(? AS VARCHAR) AS TOPIC) g
    WHERE NOT EXISTS (
      SELECT 1 FROM ${table} c
      WHERE c.CONSUMER_GROUP = g.CONSUMER_GROUP AND c.TOPIC = g.TOPIC AND c."PARTITION" = ${partition}
    )`;
  }
  return `
    UPDATE ${table}
    SET NEXT_OFFSET = ${to}, FIRST_OFFSET = ${to}, STORED = 0, DEAD_LETTERED = 0, SKIPPED = 0, GAPS = 0, LOST = 0,
        LAST_TIMESTAMP_MS = NULL, UPDATED_AT = CURRENT_TIMESTAMP
    WHERE CONSUMER_GROUP = ? AND TOPIC = ? AND "PARTITION" = ${partition} AND NEXT_OFFSET = ${expected}`;
}

function bindsOf(group: string, { topic }: CheckpointMove): string[] {
  return [group, topic];
}
