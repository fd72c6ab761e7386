import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { BindLimit } from '../../binding/bind-limit.js';
import { chooseListBinding, PLAIN } from '../../binding/list-binding.js';
import { ListSender } from '../../binding/list-sender.js';
import { SHORTEST_LOCK_TIMEOUT_SECONDS } from '../../writing/abandoned-locks.js';
import { tryRows } from '../../writing/insert-events.js';
import type { Claim } from '../claim.js';
import { must, NotTried } from '../must.js';
import type { Scratch } from '../scratch.js';

const MEGABYTE = 1_000_000;
const MIB = 1024 * 1024;
const LIMITS_PAGE = 'https://docs.snowflake.com/en/user-guide/query-size-limits';
const DECOMPRESSES = 'DECOMPRESS_STRING decompresses our lists';

/** A claim that one statement carries this much, of content that cannot be compressed. */
function carries(megabytes: number, form: 'compressed' | 'plain'): Claim {
  return {
    name: `One statement carries ${megabytes} MB of ${form} rows`,
    documentation: LIMITS_PAGE,
    shownBy: form === 'plain' ? ['fakesnow', 'endpoint'] : ['endpoint'],
    run: async (scratch) => {
      const session = await scratch.session();
      const binding = form === 'plain' ? PLAIN : await chooseListBinding(session);
      if (form === 'compressed' && binding === PLAIN) throw new NotTried(`requires: ${DECOMPRESSES}`);
      const bytes = megabytes * MEGABYTE;
      session.lists = new ListSender(binding, new BindLimit(bytes));
      const rows = Array.from({ length: Math.floor((0.8 * bytes) / 4_200) }, (_, offset) =>
        scratch.row(offset, { content: JSON.stringify({ note: randomBytes(3_000).toString('base64') }) }),
      );
      const { sent, seconds } = await counted(async () => {
        const startedAt = performance.now();
        await tryRows(session, rows);
        return (performance.now() - startedAt) / 1_000;
      });
      // The staging statement, the insert and ROLLBACK.
      must(sent === 3, `${sent} statements`);
      return `${rows.length} rows in ${seconds.toFixed(1)} s`;
    },
  };
}

/** After a slow batch the adapter rereads its checkpoints: another owner may have ended the transaction. */
function mustTake(statements: number, sent: number, seconds: number): void {
  const isSlow = seconds > SHORTEST_LOCK_TIMEOUT_SECONDS;
  must(sent === statements || (isSlow && sent === statements + 1), `${sent} statements`);
}

/** Counts the statements that this whole process sends meanwhile. */
async function counted(work: () => Promise<number>): Promise<{ sent: number; seconds: number }> {
  let sent = 0;
  const count = (message: unknown) => {
    const { path } = (message as { request: ClientRequest }).request;
    if (path.includes('/queries/v1/query-request')) sent++;
  };
  subscribe('http.client.request.created', count);
  try {
    return { seconds: await work(), sent };
  } finally {
    unsubscribe('http.client.request.created', count);
  }
}

async function storeCounted(scratch: Scratch, withLetter: boolean) {
  const letters = withLetter ? [scratch.letter(100, Buffer.from('{}'))] : [];
  const rows = Array.from({ length: 100 }, (_, offset) => scratch.row(offset));
  const repository = await scratch.owner();
  return counted(() => scratch.store(repository, scratch.batch(0, rows, letters)));
}

/** A claim about the cost of a batch. The seconds are the basis for estimates of lock times and warehouse costs. */
function takes(statements: number, withLetter: boolean): Claim {
  return {
    name: `A batch of 100 events ${withLetter ? 'with a dead letter ' : ''}takes ${statements} statements`,
    documentation: null,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const { sent, seconds } = await storeCounted(scratch, withLetter);
      mustTake(statements, sent, seconds);
      return `${seconds.toFixed(2)} s, ${(seconds / sent).toFixed(2)} s per statement`;
    },
  };
}

export const SIZE_CLAIMS: readonly Claim[] = [
  {
    name: DECOMPRESSES,
    documentation: 'https://docs.snowflake.com/en/sql-reference/functions/decompress_string',
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const lists = await chooseListBinding(await scratch.session());
      must(lists !== PLAIN, 'it does not: lists are sent uncompressed, which works but costs more');
      return 'a Zstandard frame of several blocks, without its content size';
    },
  },
  takes(5, false),
  takes(6, true),
  ...([1, 4, 15] as const).flatMap((megabytes) => [
    carries(megabytes, 'compressed'),
    carries(megabytes, 'plain'),
  ]),
  {
    name: 'An event of 16 MiB is stored, or only its row is refused',
    documentation: LIMITS_PAGE,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const content = JSON.stringify({ note: 'x'.repeat(16 * MIB - 100) });
      const result = await (await scratch.owner()).write(scratch.batch(0, [scratch.row(0, { content })]));
      if (result.kind === 'stored') return 'stored';
      must(result.kind === 'rejected', JSON.stringify(result));
      return `refused: ${result.rows[0]?.reason ?? ''}`;
    },
  },
];
