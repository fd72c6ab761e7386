import { randomUUID } from 'node:crypto';
import { insertEvents, tryRows } from '../../writing/insert-events.js';
import { SnowflakeError } from '../../session/snowflake-error.js';
import { BindLimit } from '../../binding/bind-limit.js';
import { PLAIN } from '../../binding/list-binding.js';
import { ListSender } from '../../binding/list-sender.js';
import { insertDeadLetters, INSERT_EVENTS, stageFirst, STAGING } from '../../writing/statements.js';
import type { Claim } from '../claim.js';
import { Broken, must } from '../must.js';
import type { SnowflakeSession } from '../../session/snowflake-session.js';
import type { Scratch } from '../scratch.js';

/** Less than two rows take. */
const ONE_ROW_BYTES = 100;
const PAGE = 'https://docs.snowflake.com/en/sql-reference/transactions';

async function insert(scratch: Scratch, session: SnowflakeSession, offset: number): Promise<string> {
  const mark = randomUUID();
  await insertEvents(session, [scratch.row(offset)], mark);
  return mark;
}

async function mustHold(scratch: Scratch, count: number, when: string): Promise<void> {
  const found = (await scratch.events()).length;
  must(found === count, `${found} rows instead of ${count} ${when}`);
}

export const TRANSACTION_CLAIMS: readonly Claim[] = [
  {
    name: 'The first change opens a transaction (AUTOCOMMIT off): nobody sees it before COMMIT',
    documentation: PAGE,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const session = await scratch.session();
      await insert(scratch, session, 0);
      await mustHold(scratch, 0, 'before COMMIT');
      await session.execute('ROLLBACK');
      await mustHold(scratch, 0, 'after ROLLBACK');
      await insert(scratch, session, 1);
      await session.execute('COMMIT');
      await mustHold(scratch, 1, 'after COMMIT');
      return 'visible after COMMIT, gone after ROLLBACK';
    },
  },
  {
    name: 'INSERT OVERWRITE of the temporary table stays inside the transaction',
    documentation: 'https://docs.snowflake.com/en/sql-reference/sql/insert',
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const session = await scratch.session();
      await insert(scratch, session, 0);
      await session.execute(stageFirst(PLAIN.sql), [randomUUID(), '["[]"]']);
      await mustHold(scratch, 0, 'after the second INSERT OVERWRITE');
      await session.execute('ROLLBACK');
      await mustHold(scratch, 0, 'after ROLLBACK');
      const staged = await session.query(`SELECT COUNT(*) AS N FROM ${STAGING}`);
      await session.execute('ROLLBACK');
      must(Number(staged[0]?.['N']) === 0, 'ROLLBACK left staged rows');
      return 'the transaction stayed open, ROLLBACK undid both tables';
    },
  },
  {
    name: 'The insert also takes the last list of a batch, beside the staged ones',
    documentation: 'https://docs.snowflake.com/en/sql-reference/sql/insert',
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const session = await scratch.session();
      session.lists = new ListSender(PLAIN, new BindLimit(ONE_ROW_BYTES));
      const rejected = await insertEvents(
        session,
        [0, 1, 2].map((offset) => scratch.row(offset)),
        randomUUID(),
      );
      must(rejected.length === 0, `${rejected.length} rows are refused`);
      await session.execute('COMMIT');
      await mustHold(scratch, 3, 'after COMMIT');
      return 'three lists in one transaction: two staged, one inserted at once';
    },
  },
  {
    name: 'COMMIT and ROLLBACK without a transaction succeed',
    documentation: PAGE,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const session = await scratch.session();
      await session.execute('COMMIT');
      await session.execute('ROLLBACK');
      return 'both: COMMIT proves nothing, the checkpoint does';
    },
  },
  {
    name: 'A failed statement ends only its transaction, and the session continues after ROLLBACK',
    documentation: 'https://docs.snowflake.com/en/sql-reference/parameters#transaction-abort-on-error',
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const session = await scratch.session();
      const mark = await insert(scratch, session, 0);
      const code = await codeOf(() => session.execute(insertDeadLetters(PLAIN.sql), ['no JSON', mark]));
      await session.execute('ROLLBACK');
      await mustHold(scratch, 0, 'after ROLLBACK');
      await tryRows(session, [scratch.row(0)]);
      return `refused with ${code}`;
    },
  },
  {
    name: 'A statement sent twice with one request id is executed once (the adapter does not rely on it)',
    documentation: 'https://docs.snowflake.com/en/developer-guide/node-js/nodejs-driver-execute',
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const session = await scratch.session();
      const mark = randomUUID();
      await session.execute(stageFirst(PLAIN.sql), [
        mark,
        JSON.stringify(['[]', '[0,null,null,null,"{}"]\x1f{}']),
      ]);
      const requestId = randomUUID();
      for (let times = 1; times <= 2; times++) await session.execute(INSERT_EVENTS, [mark], requestId);
      const [found] = await session.query(
        `SELECT COUNT(*) AS N FROM RAW_EVENTS_STREAM WHERE EVENT_METADATA:topic IS NULL`,
      );
      await session.execute('ROLLBACK');
      const count = Number(found?.['N']);
      must(count === 1 || count === 2, `${count} rows`);
      return count === 1
        ? 'executed once'
        : 'executed twice: the adapter rightly sends a statement only once';
    },
  },
];

/** The code with which Snowflake refuses the work. */
export async function codeOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SnowflakeError && error.isAnswer) return error.code;
    throw error;
  }
  throw new Broken('it is not refused');
}
