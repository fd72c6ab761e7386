import type { PartitionRange, TopicPartition } from '#pipeline';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import { endAbandonedTransactions } from '../writing/abandoned-locks.js';
import { enterCheckpoints, leaveCheckpoints } from './checkpoint-statements.js';
import { gather } from './checkpoint-claiming.js';
import { NOTHING, type CheckpointForm, type Gathering } from './checkpoint-form.js';
import { FIRST_TABLE, listCheckpointTables, ONE_TABLE, tableOf } from './checkpoint-tables.js';
import { advanceCheckpoints, readCheckpoints, takeLock, type HeldCheckpoint } from './checkpoints.js';

/** Standard tables: a transaction locks the one table that its owner's claim has chosen. */
export class StandardCheckpoints implements CheckpointForm {
  readonly kind = 'standard';

  constructor(
    readonly tables: readonly string[] = ONE_TABLE.all,
    readonly own: string = FIRST_TABLE,
  ) {}

  async prepare(): Promise<void> {
    // LOCK_TIMEOUT, which every session sets, is all that it needs.
  }

  async takeCommonLock(session: SnowflakeSession): Promise<void> {
    await takeLock(session);
  }

  async lock(
    session: SnowflakeSession,
    _consumerGroup: string,
    _partitions: readonly TopicPartition[],
    { common }: { common: boolean },
  ): Promise<void> {
    if (common && this.own !== FIRST_TABLE) await takeLock(session);
    await takeLock(session, this.own);
  }

  async lockAndRead(
    session: SnowflakeSession,
    consumerGroup: string,
    partitions: readonly TopicPartition[],
  ): Promise<Map<string, HeldCheckpoint>> {
    await takeLock(session);
    // Under that lock, rows stay in the tables that they are found in.
    const tables = await listCheckpointTables(session);
    const found = await readCheckpoints(session, consumerGroup, partitions, tables);
    const holders = new Set([...found.values()].map(({ heldIn }) => heldIn));
    for (const table of tables) {
      if (table !== FIRST_TABLE && holders.has(table)) await takeLock(session, table);
    }
    return found;
  }

  async advance(
    session: SnowflakeSession,
    consumerGroup: string,
    ranges: readonly PartitionRange[],
    mark: string,
  ): Promise<boolean> {
    return advanceCheckpoints(session, consumerGroup, ranges, mark, { own: this.own, all: this.tables });
  }

  with(tables: readonly string[]): StandardCheckpoints {
    return new StandardCheckpoints(tables, this.own);
  }

  ownedBy(partitions: readonly TopicPartition[]): StandardCheckpoints {
    return new StandardCheckpoints(this.tables, tableOf(partitions, this.tables));
  }

  isOwn(table: string): boolean {
    return table === this.own;
  }

  async gather(session: SnowflakeSession, gathering: Gathering): Promise<CheckpointForm> {
    const ownOf = (all: readonly string[]) =>
      gathering.isReturn ? this.own : tableOf(gathering.partitions, all);
    const { all, own } = await gather(session, gathering, ownOf);
    return new StandardCheckpoints(all, own);
  }

  rehearsals(session: SnowflakeSession): (() => Promise<unknown>)[] {
    const { tables } = this;
    return [
      ...tables.flatMap((own) => {
        const form = new StandardCheckpoints(tables, own);
        return [() => takeLock(session, own), () => form.advance(session, NOTHING.group, [], NOTHING.mark)];
      }),
      ...(tables.length > 1 ? tables.flatMap((table) => moving(session, table)) : []),
    ];
  }

  async endAbandoned(session: SnowflakeSession, heldForSeconds: number): Promise<void> {
    await endAbandonedTransactions(session, heldForSeconds, this.tables);
  }
}

/** The statements for a row that enters the table, and for one that leaves it. */
function moving(session: SnowflakeSession, table: string): (() => Promise<unknown>)[] {
  const { rows, mark, group } = NOTHING;
  return [
    () => session.execute(enterCheckpoints(table), [group, rows, mark]),
    () => session.execute(leaveCheckpoints(table), [rows, mark, group]),
  ];
}
