import { partitionName } from '#pipeline';
import { moveBinds, moveStatement } from '../../ledger/checkpoint-moves.js';
import type { CheckpointMove, CheckpointStore, DatedCheckpoint } from '../../ledger/checkpoint-store.js';
import { SNOWFLAKE } from '../../ledger/dialects.js';
import { readCheckpointsOf } from '../../ledger/read-ledger.js';
import { SnowflakeConnection } from '../session/snowflake-connection.js';
import { rollingBack } from '../session/rolling-back.js';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import type { CheckpointForm } from './checkpoint-form.js';
import { FIRST_TABLE } from './checkpoint-tables.js';
import { countNewest } from './checkpoints.js';
import { findForm } from './find-form.js';
import { warehouseIdentity } from './warehouse-identity.js';

export class SnowflakeCheckpointStore extends SnowflakeConnection implements CheckpointStore {
  async read(group: string, topic: string): Promise<DatedCheckpoint[]> {
    return this.ask(async (session) => {
      const { tables } = await findForm(session, this.options);
      return readCheckpointsOf((sql, binds) => session.query(sql, binds), SNOWFLAKE, group, topic, tables);
    });
  }

  async identity(): Promise<string> {
    return this.ask(async (session) => warehouseIdentity(session, await findForm(session, this.options)));
  }

  async move(group: string, moves: readonly CheckpointMove[]): Promise<boolean> {
    return this.ask(async (session) => {
      const form = await findForm(session, this.options);
      return rollingBack(session, async () => {
        const isMoved = await this.#moveAll(session, form, group, moves);
        await session.execute(isMoved ? 'COMMIT' : 'ROLLBACK');
        return isMoved;
      });
    });
  }

  async #moveAll(
    session: SnowflakeSession,
    form: CheckpointForm,
    group: string,
    moves: readonly CheckpointMove[],
  ): Promise<boolean> {
    const found = await form.lockAndRead(session, group, moves);
    const [first = FIRST_TABLE] = form.tables;
    for (const move of moves) {
      const held = found.get(partitionName(move));
      if ((held === undefined) !== (move.expected === null)) return false;
      const statement = moveStatement(move, held?.heldIn ?? first);
      if ((await session.execute(statement, moveBinds(group, move))) !== 1) return false;
    }
    // A query may have missed a row that was created just before.
    return (await countNewest(session, group, moves, form.tables)) === moves.length;
  }
}
