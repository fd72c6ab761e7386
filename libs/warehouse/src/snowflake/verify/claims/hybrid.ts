import { setTimeout as delay } from 'node:timers/promises';
import { lockCheckpoints } from '../../checkpoints/checkpoint-statements.js';
import { HYBRID_TABLE } from '../../checkpoints/checkpoint-tables.js';
import { HybridCheckpoints } from '../../checkpoints/hybrid-checkpoints.js';
import { RowLockWatch } from '../../checkpoints/row-lock-watch.js';
import { PLAIN } from '../../binding/list-binding.js';
import type { SnowflakeSession } from '../../session/snowflake-session.js';
import { SnowflakeError } from '../../session/snowflake-error.js';
import { stageFirst } from '../../writing/statements.js';
import type { Claim } from '../claim.js';
import { must } from '../must.js';
import type { Scratch } from '../scratch.js';

const TRANSACTIONS = 'https://docs.snowflake.com/en/sql-reference/transactions';
const FOR_UPDATE = 'https://docs.snowflake.com/en/sql-reference/constructs/for-update';
const HYBRID_TABLES = 'https://docs.snowflake.com/en/user-guide/tables-hybrid';

/** How long a statement must not return to count as waiting. */
const WATCHED_MS = 1_500;

/** Locks the row of partition 0 as a batch does, without the watch. */
async function lockRow(scratch: Scratch, session: SnowflakeSession, waitSeconds: number): Promise<void> {
  const place = { topic: scratch.topic, partition: 0 };
  const { sql, topics } = lockCheckpoints(HYBRID_TABLE, [place], waitSeconds);
  await session.query(sql, [scratch.options.consumerGroup, ...topics]);
}

/** A session with an open transaction that has staged a batch. */
async function staged(scratch: Scratch, mark: string): Promise<SnowflakeSession> {
  const session = await scratch.session();
  await session.execute(stageFirst(PLAIN.sql), [mark, '["[]"]']);
  return session;
}

/** A claim that is tried while the checkpoints of the scratch schema are in a hybrid table. */
function hybrid(claim: Omit<Claim, 'shownBy'>): Claim {
  return { ...claim, shownBy: ['endpoint'], run: (scratch) => scratch.withHybrid(() => claim.run(scratch)) };
}

export const HYBRID_CLAIMS: readonly Claim[] = [
  hybrid({
    name: 'A batch is written to standard tables and to the hybrid table in one transaction, or to none of them',
    documentation: HYBRID_TABLES,
    run: async (scratch) => {
      const owner = await scratch.owner();
      await scratch.store(owner, scratch.batch(0, [scratch.row(0)]));
      const result = await owner.write(scratch.batch(0, [scratch.row(0)]));
      const rows = (await scratch.events()).length;
      const checkpoints = (await scratch.checkpoints(HYBRID_TABLE)).join();
      const seen = `${rows} row, checkpoint ${checkpoints}, the repeated batch is ${result.kind}`;
      must(rows === 1 && checkpoints === '1' && result.kind === 'stale', seen);
      return seen;
    },
  }),
  hybrid({
    name: 'Owners of different rows do not wait for each other',
    documentation: TRANSACTIONS,
    run: async (scratch) => {
      const owner = await scratch.owner(2);
      const first = await staged(scratch, 'first');
      await lockRow(scratch, first, 0);
      const batch = scratch.batch(0, [scratch.row(0, {}, 1)]);
      const seconds = await scratch.store(owner, { ...batch, ranges: [scratch.range(0, 1, 1)] });
      await first.execute('ROLLBACK');
      return `a batch was stored in ${seconds.toFixed(1)} s while another row was locked`;
    },
  }),
  hybrid({
    name: 'An owner that waited for a row with FOR UPDATE sees the checkpoint that was committed meanwhile',
    documentation: FOR_UPDATE,
    run: async (scratch) => {
      await scratch.owner();
      const form = new HybridCheckpoints(new RowLockWatch(scratch.options));
      const [first, second] = [await staged(scratch, 'first'), await staged(scratch, 'second')];
      const { consumerGroup } = scratch.options;
      const advance = (session: SnowflakeSession, mark: string) =>
        form.advance(session, consumerGroup, [scratch.range(0, 1)], mark);
      await lockRow(scratch, first, 0);
      const waiting = lockRow(scratch, second, 60);
      const isOver = waiting.then(() => false);
      must(await Promise.race([isOver, delay(WATCHED_MS, true)]), 'it did not wait');
      must(await advance(first, 'first'), 'the first owner could not move the checkpoint');
      await first.execute('COMMIT');
      await waiting;
      const isMoved = await advance(second, 'second');
      await second.execute('ROLLBACK');
      must(!isMoved, 'the second owner moved it as well: events would be stored twice');
      return 'the second owner moved nothing';
    },
  }),
  hybrid({
    name: 'A wait for a row ends with an error after its time-out (the adapter does not rely on its code)',
    documentation: FOR_UPDATE,
    run: async (scratch) => {
      await scratch.owner();
      const [first, second] = [await staged(scratch, 'first'), await staged(scratch, 'second')];
      await lockRow(scratch, first, 0);
      const code = await lockRow(scratch, second, 2).then(
        () => 'none',
        (error: unknown) => {
          if (error instanceof SnowflakeError && error.isAnswer) return error.code;
          throw error;
        },
      );
      must(code !== 'none', 'both have the lock');
      return code;
    },
  }),
  hybrid({
    name: 'SHOW LOCKS names the transaction that holds a row while it blocks another one, and SYSTEM$ABORT_TRANSACTION ends it',
    documentation: TRANSACTIONS,
    run: async (scratch) => {
      const owner = await scratch.owner(1, { lockTimeoutSeconds: 5 });
      await lockRow(scratch, await staged(scratch, 'abandoned'), 0);
      const seconds = await scratch.store(owner, scratch.batch(0, [scratch.row(0)]));
      return `its row was free after ${seconds.toFixed(1)} s`;
    },
  }),
  hybrid({
    name: 'A second row with the same primary key is refused with 200001',
    documentation: 'https://docs.snowflake.com/en/sql-reference/sql/create-hybrid-table',
    run: async (scratch) => {
      await scratch.owner();
      const session = await scratch.session();
      const insert = `INSERT INTO ${HYBRID_TABLE} SELECT * FROM ${HYBRID_TABLE}`;
      const code = await session.execute(insert).then(
        () => 'none',
        (error: unknown) => (error instanceof SnowflakeError ? error.code : 'unknown'),
      );
      must(code === '200001', `the code is ${code}`);
      return code;
    },
  }),
  {
    name: 'Checkpoints move to a hybrid table and back, unchanged',
    documentation: HYBRID_TABLES,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      await scratch.store(await scratch.owner(2), scratch.batch(0, [scratch.row(0)]));
      const before = (await scratch.checkpoints()).join();
      const between = await scratch.withHybrid(async () => (await scratch.checkpoints(HYBRID_TABLE)).join());
      const after = (await scratch.checkpoints()).join();
      const seen = `${before}, then ${between}, then ${after}`;
      must(before === between && before === after, seen);
      return seen;
    },
  },
];
