import { randomUUID } from 'node:crypto';
import { partitionName, type PartitionRange, type TopicPartition } from '#pipeline';
import type { SnowflakeSession } from '../session/snowflake-session.js';
import {
  advanceRows,
  insertCheckpoints,
  lockCheckpoints,
  lockSentinel,
  MARK,
} from './checkpoint-statements.js';
import { rollingBack } from '../session/rolling-back.js';
import { createCheckpoints } from './checkpoint-claiming.js';
import { NOTHING, type CheckpointForm, type Gathering } from './checkpoint-form.js';
import { HYBRID_TABLE } from './checkpoint-tables.js';
import { movesOf, readCheckpoints, requireSentinel, type HeldCheckpoint } from './checkpoints.js';
import type { RowLockWatch } from './row-lock-watch.js';

/**
 * A hybrid table: a transaction locks the rows of its partitions, so owners of different partitions do not wait for each
 * other. Only claims that create rows and batches with redriven messages take a common lock, that of one more row.
 */
export class HybridCheckpoints implements CheckpointForm {
  readonly kind = 'hybrid';
  readonly tables = [HYBRID_TABLE];

  constructor(private readonly watch: RowLockWatch) {}

  /** Without READ_LATEST_WRITES a read may miss what others committed in the last 100 ms. */
  async prepare(session: SnowflakeSession): Promise<void> {
    await session.execute(
      `ALTER SESSION SET HYBRID_TABLE_LOCK_TIMEOUT = ${this.watch.waitSeconds}, READ_LATEST_WRITES = TRUE`,
    );
  }

  async takeCommonLock(session: SnowflakeSession): Promise<void> {
    const sql = lockSentinel(HYBRID_TABLE, this.watch.waitSeconds);
    const found = await this.watch.during(session.query(sql));
    requireSentinel(HYBRID_TABLE, found.length);
  }

  /** Selects the rows for update, which writes nothing: an UPDATE that waited might write what it read before. */
  async lock(
    session: SnowflakeSession,
    consumerGroup: string,
    partitions: readonly TopicPartition[],
    { common }: { common: boolean },
  ): Promise<void> {
    if (common) await this.takeCommonLock(session);
    const { sql, topics } = lockCheckpoints(HYBRID_TABLE, partitions, this.watch.waitSeconds);
    // The compare-and-set counts the rows: this one may have seen them before it waited.
    await this.watch.during(session.query(sql, [consumerGroup, ...topics]));
  }

  async lockAndRead(
    session: SnowflakeSession,
    consumerGroup: string,
    partitions: readonly TopicPartition[],
  ): Promise<Map<string, HeldCheckpoint>> {
    await this.lock(session, consumerGroup, partitions, { common: true });
    return readCheckpoints(session, consumerGroup, partitions, this.tables);
  }

  async advance(
    session: SnowflakeSession,
    consumerGroup: string,
    ranges: readonly PartitionRange[],
    mark: string,
  ): Promise<boolean> {
    const binds = [movesOf(ranges), mark, consumerGroup];
    return (await session.execute(advanceRows(HYBRID_TABLE), binds)) === ranges.length;
  }

  with(): this {
    return this;
  }

  ownedBy(): this {
    return this;
  }

  isOwn(): boolean {
    return true;
  }

  async gather(
    session: SnowflakeSession,
    { consumerGroup, partitions, missing }: Gathering,
  ): Promise<HybridCheckpoints> {
    const mark = randomUUID();
    await rollingBack(session, async () => {
      await session.execute(MARK, [mark]);
      await this.takeCommonLock(session);
      const found = await readCheckpoints(session, consumerGroup, partitions, this.tables);
      const made = missing.filter((start) => !found.has(partitionName(start)));
      await createCheckpoints(session, HYBRID_TABLE, consumerGroup, made, mark);
      await session.execute('COMMIT');
    });
    return this;
  }

  rehearsals(session: SnowflakeSession): (() => Promise<unknown>)[] {
    const { mark, rows, group } = NOTHING;
    const nowhere = [{ topic: '', partition: 0 }];
    return [
      () => this.lock(session, group, nowhere, { common: true }),
      () => this.advance(session, group, [], mark),
      () => session.execute(insertCheckpoints(HYBRID_TABLE), [group, rows, mark, group]),
    ];
  }

  async endAbandoned(): Promise<void> {
    // The watch has looked while the statement waited.
  }
}
