import { setTimeout as delay } from 'node:timers/promises';
import { endAbandonedTransactions } from '../../writing/abandoned-locks.js';
import { advanceCheckpoints, takeLock } from '../../checkpoints/checkpoints.js';
import { PLAIN } from '../../binding/list-binding.js';
import type { SnowflakeOptions } from '../../session/session-options.js';
import type { SnowflakeSession } from '../../session/snowflake-session.js';
import { SnowflakeError } from '../../session/snowflake-error.js';
import { stageFirst } from '../../writing/statements.js';
import { insertEvents, tryRows } from '../../writing/insert-events.js';
import type { Claim } from '../claim.js';
import { must } from '../must.js';
import type { Scratch } from '../scratch.js';
import { codeOf } from './transaction.js';

const PAGE = 'https://docs.snowflake.com/en/sql-reference/transactions';
const LOCK_TIMEOUT = '000627';
/** How long a statement must not return to count as waiting. */
const WATCHED_MS = 1_500;

const FIRST = 'first';
const SECOND = 'second';

/** Moves the checkpoint of partition 0 from 0 to 1. */
async function advance(scratch: Scratch, session: SnowflakeSession, mark: string): Promise<boolean> {
  return advanceCheckpoints(session, scratch.options.consumerGroup, [scratch.range(0, 1)], mark);
}

async function stageBatch(session: SnowflakeSession, mark: string): Promise<void> {
  await session.execute(stageFirst(PLAIN.sql), [mark, '["[]"]']);
}

/** Two sessions, the first of which holds the checkpoint lock. */
async function contenders(scratch: Scratch, over: Partial<SnowflakeOptions> = {}) {
  await scratch.owner();
  const first = await scratch.session();
  const second = await scratch.session(over);
  await stageBatch(first, FIRST);
  await takeLock(first);
  return { first, second };
}

/** Fails unless the second session's statement waits while the first session holds the lock. */
async function mustWait<T>(statement: Promise<T>): Promise<void> {
  const isOver = statement.then(
    () => true,
    () => true,
  );
  const waits = await Promise.race([isOver.then(() => false), delay(WATCHED_MS, true)]);
  must(waits, 'it did not wait');
}

async function secondsOf(work: Promise<unknown>): Promise<string> {
  const startedAt = performance.now();
  await work;
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

export const LOCK_CLAIMS: readonly Claim[] = [
  {
    name: 'An owner that waited for the lock sees the checkpoint that was committed meanwhile',
    documentation: PAGE,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const { first, second } = await contenders(scratch);
      await stageBatch(second, SECOND);
      const waiting = takeLock(second);
      await mustWait(waiting);
      must(await advance(scratch, first, FIRST), 'the first owner could not move the checkpoint');
      await first.execute('COMMIT');
      await waiting;
      const isMoved = await advance(scratch, second, SECOND);
      await second.execute('ROLLBACK');
      must(!isMoved, 'the second owner moved it as well: events would be stored twice');
      return 'the second owner moved nothing';
    },
  },
  {
    name: 'Whether an UPDATE that waited evaluates its condition again (the adapter takes the lock first, and does not rely on it)',
    documentation: null,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const { first, second } = await contenders(scratch);
      await stageBatch(second, SECOND);
      must(await advance(scratch, first, FIRST), 'the first owner could not move the checkpoint');
      const waiting = advance(scratch, second, SECOND);
      await mustWait(waiting);
      await first.execute('COMMIT');
      const isMoved = await waiting;
      await second.execute('ROLLBACK');
      return isMoved
        ? 'it uses what it saw when it began: taking the lock first is necessary'
        : 'it evaluates it again: taking the lock first would not be necessary';
    },
  },
  {
    name: `A statement that waits for longer than LOCK_TIMEOUT fails with ${LOCK_TIMEOUT}`,
    documentation: 'https://docs.snowflake.com/en/sql-reference/parameters#lock-timeout',
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const { second } = await contenders(scratch, { lockTimeoutSeconds: 2 });
      const code = await codeOf(() => takeLock(second));
      must(code === LOCK_TIMEOUT, `the code is ${code}`);
      return code;
    },
  },
  {
    name: 'Inserts do not wait for the checkpoint lock',
    documentation: PAGE,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const { second } = await contenders(scratch, { lockTimeoutSeconds: 2 });
      return secondsOf(tryRows(second, [scratch.row(0)]));
    },
  },
  {
    name: 'Owners with different checkpoint tables do not wait for each other',
    documentation: PAGE,
    shownBy: ['endpoint'],
    run: async (scratch) =>
      scratch.withTables(2, async () => {
        const second = await scratch.repository({ lockTimeoutSeconds: 2 });
        await second.claim([{ topic: scratch.topic, partition: 1, startOffset: 0 }]);
        const first = await scratch.session();
        await takeLock(first);
        const batch = scratch.batch(0, [scratch.row(0, {}, 1)]);
        const seconds = await scratch.store(second, { ...batch, ranges: [scratch.range(0, 1, 1)] });
        await first.execute('ROLLBACK');
        return `a batch was stored in ${seconds.toFixed(1)} s while the other table was locked`;
      }),
  },
  {
    name: 'Ending a session releases its lock',
    documentation: PAGE,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const { first, second } = await contenders(scratch);
      must(await first.end(), 'Snowflake did not confirm the end of the session');
      const took = await secondsOf(takeLock(second));
      await second.execute('ROLLBACK');
      return `taken by another session after ${took}`;
    },
  },
  {
    name: "SHOW LOCKS names an abandoned transaction of one's own user, and SYSTEM$ABORT_TRANSACTION ends it",
    documentation: 'https://docs.snowflake.com/en/sql-reference/functions/system_abort_transaction',
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const { second } = await contenders(scratch, { lockTimeoutSeconds: 5 });
      await endAbandonedTransactions(second, 0);
      const took = await secondsOf(takeLock(second));
      await second.execute('ROLLBACK');
      return `its lock was free after ${took}`;
    },
  },
  {
    name: 'A transaction that somebody else ended writes nothing, whatever its COMMIT returns',
    documentation: PAGE,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      await scratch.owner();
      const [first, second] = [await scratch.session(), await scratch.session()];
      await insertEvents(first, [scratch.row(0)], FIRST);
      await takeLock(first);
      must(await advance(scratch, first, FIRST), 'the checkpoint could not be moved');
      await endAbandonedTransactions(second, 0);
      const answer = await answerOf(() => first.execute('COMMIT'));
      const [nextOffset] = await scratch.checkpoints();
      const rows = (await scratch.events()).length;
      must(rows === 0 && nextOffset === 0, `${rows} rows, checkpoint ${String(nextOffset)}`);
      return `nothing was written; its COMMIT ${answer}`;
    },
  },
  {
    name: 'Snowflake ends a transaction that blocks others and is idle for five minutes',
    documentation: PAGE,
    shownBy: ['endpoint'],
    isSlow: true,
    run: async (scratch) => {
      const patient = {
        lockTimeoutSeconds: 600,
        statementTimeoutSeconds: 660,
        requestTimeoutMs: 700_000,
      };
      const { second } = await contenders(scratch, patient);
      const took = await secondsOf(takeLock(second));
      await second.execute('ROLLBACK');
      return `its lock was free after ${took}`;
    },
  },
];

async function answerOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'succeeded all the same';
  } catch (error) {
    if (error instanceof SnowflakeError) return `failed with ${error.code}`;
    throw error;
  }
}
