import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { chooseListBinding, PLAIN } from '../../binding/list-binding.js';
import { SHORTEST_LOCK_TIMEOUT_SECONDS } from '../../writing/abandoned-locks.js';
import type { Claim } from '../claim.js';
import { must } from '../must.js';
import type { Scratch } from '../scratch.js';

const MIB = 1024 * 1024;
const LIMITS_PAGE = 'https://docs.snowflake.com/en/user-guide/query-size-limits';

/** A claim that a staging statement carries this much. */
function carries(mebibytes: number): Claim {
  return {
    name: `One staging statement carries ${mebibytes} MiB of rows`,
    documentation: LIMITS_PAGE,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const maxBindBytes = mebibytes * MIB;
      const note = 'x'.repeat(4_000);
      const count = Math.floor((maxBindBytes * 0.98) / 4_200);
      const rows = Array.from({ length: count }, (_, offset) =>
        scratch.row(offset, { content: JSON.stringify({ offset, note }) }),
      );
      const repository = await scratch.owner(1, { maxBindBytes });
      const batch = scratch.batch(0, rows);
      const { sent, seconds } = await counted(() => scratch.store(repository, batch));
      mustTake(5, sent, seconds);
      return `${count} rows in ${seconds.toFixed(1)} s`;
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
    name: 'DECOMPRESS_STRING decompresses our lists',
    documentation: 'https://docs.snowflake.com/en/sql-reference/functions/decompress_string',
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const lists = await chooseListBinding(await scratch.session());
      must(lists !== PLAIN, 'it does not: lists are sent uncompressed, which works but costs more');
      return lists.sql.includes('ZSTD') ? 'with Zstandard' : 'with Snappy';
    },
  },
  takes(5, false),
  takes(6, true),
  carries(4),
  carries(15),
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
