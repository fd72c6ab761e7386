import { FaultError, type WriteResult } from '#pipeline';
import { FIRST_TABLE } from '../../checkpoints/checkpoint-tables.js';
import type { Claim } from '../claim.js';
import { must } from '../must.js';

const PAGE = 'https://docs.snowflake.com/en/sql-reference/sql/update';
const LOCKS_PAGE = 'https://docs.snowflake.com/en/sql-reference/transactions';

export const OWNERSHIP_CLAIMS: readonly Claim[] = [
  {
    name: 'A batch of several partitions is stale if one has moved, and nothing of it is written',
    documentation: PAGE,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const repository = await scratch.owner(3);
      await scratch.store(repository, {
        ...scratch.batch(0, [scratch.row(0, {}, 1)]),
        ranges: [scratch.range(0, 1, 1)],
      });
      const both = {
        ...scratch.batch(
          0,
          [0, 1, 2].map((partition) => scratch.row(0, {}, partition)),
        ),
        ranges: [0, 1, 2].map((partition) => scratch.range(0, 1, partition)),
      };
      const result = await repository.write(both);
      must(
        result.kind === 'stale' && result.checkpoints.map(({ partition }) => partition).join() === '1',
        JSON.stringify(result),
      );
      const rows = (await scratch.events()).length;
      const checkpoints = (await scratch.checkpoints()).join();
      must(rows === 1 && checkpoints === '0,1,0', `${rows} rows, checkpoints ${checkpoints}`);
      return 'partition 1 named, nothing written';
    },
  },
  {
    name: 'If two owners write the same batch at once, one stores it and the other one gets `stale`',
    documentation: LOCKS_PAGE,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const owners = [await scratch.owner(), await scratch.owner()];
      const rows = [scratch.row(0), scratch.row(1)];
      const results = await Promise.all(owners.map((owner) => owner.write(scratch.batch(0, rows))));
      const told = results.map(wordOf).sort().join(' and ');
      must(told === 'stale and stored', told);
      const found = (await scratch.events()).length;
      must(found === 2, `${found} rows instead of 2`);
      return told;
    },
  },
  {
    name: 'Two owners that claim a partition at once create one checkpoint',
    documentation: LOCKS_PAGE,
    shownBy: ['endpoint'],
    run: async (scratch) => {
      const owners = [await scratch.repository(), await scratch.repository()];
      const start = [{ topic: scratch.topic, partition: 0, startOffset: 3 }];
      await Promise.all(owners.map((owner) => owner.claim(start)));
      const found = (await scratch.checkpoints()).join();
      must(found === '3', `checkpoints ${found}`);
      return 'one row';
    },
  },
  {
    name: 'A checkpoint moves unchanged to the table of the owner that claims it, and its former owner writes nothing',
    documentation: 'https://docs.snowflake.com/en/sql-reference/sql/delete',
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) =>
      scratch.withTables(2, async () => {
        const second = { topic: scratch.topic, partition: 1 };
        const batch = (offset: number) => ({
          ...scratch.batch(offset, [scratch.row(offset, {}, 1)]),
          ranges: [scratch.range(offset, offset + 1, 1)],
        });
        const former = await scratch.owner(2);
        await scratch.store(former, batch(0));
        const owner = await scratch.repository();
        const [claimed] = await owner.claim([{ ...second, startOffset: 0 }]);
        must(claimed?.nextOffset === 1, `it is at ${String(claimed?.nextOffset)}`);
        await scratch.store(owner, batch(1));
        const result = wordOf(await former.write(batch(1)));
        const [first, other] = [await scratch.checkpoints(), await scratch.checkpoints(SECOND_TABLE)];
        const seen = `${first.join()} in the first table, ${other.join()} in the second, the former owner gets ${result}`;
        must(first.join() === '0' && other.join() === '2' && result === 'stale', seen);
        return seen;
      }),
  },
  {
    name: 'A new checkpoint starts after what RAW_EVENTS_STREAM already holds',
    documentation: null,
    shownBy: ['fakesnow', 'endpoint'],
    run: async (scratch) => {
      const rows = [scratch.row(0), scratch.row(1)];
      await scratch.store(await scratch.owner(), scratch.batch(0, rows));
      const other = await scratch.repository({ consumerGroup: 'verify-other' });
      const [claimed] = await other.claim([{ topic: scratch.topic, partition: 0, startOffset: 1 }]);
      must(claimed?.nextOffset === 2, `it is at ${String(claimed?.nextOffset)}`);
      return 'offsets 0 and 1 stored, the checkpoint begins at 2';
    },
  },
];

const SECOND_TABLE = `${FIRST_TABLE}_2`;

function wordOf(result: WriteResult): string {
  if (result.kind === 'fault') throw new FaultError(result.fault);
  return result.kind;
}
