import { randomUUID } from 'node:crypto';
import { ANY_DEAD_LETTER } from '../../../dead-letters/dead-letter-store.js';
import type { Claim } from '../claim.js';
import { must } from '../must.js';

const FLATTEN_PAGE = 'https://docs.snowflake.com/en/sql-reference/functions/flatten';

export const DEAD_LETTER_CLAIMS: readonly Claim[] = [
  {
    name: 'A dead letter is written with its batch, and read back byte for byte',
    documentation: 'https://docs.snowflake.com/en/sql-reference/transactions',
    shownBy: ['fakesnow'],
    run: async (scratch) => {
      const values = [Buffer.from('{"note":"🍷"'), Buffer.from([0xff, 0x00, 0xfe])];
      const letters = values.map((value, offset) => scratch.letter(offset, value));
      await scratch.store(await scratch.owner(), scratch.batch(0, [], letters));
      const store = await scratch.deadLetters();
      const found = await store.find({ ...ANY_DEAD_LETTER, topic: scratch.topic });
      const entries = await store.read(found);
      const kept = entries.map(({ value }) => ('bytes' in value ? value.bytes.toString('hex') : ''));
      must(kept.join() === values.map((value) => value.toString('hex')).join(), kept.join());
      const [entry] = entries;
      must(
        entry?.details[0]?.field === 'quantity' &&
          entry.headers[0]?.value?.toString() === 'shop' &&
          entry.key?.toString() === 'key' &&
          entry.failedAtMs === letters[0]?.failedAtMs,
        'its details, headers, key or time have changed',
      );
      return 'text and bytes';
    },
  },
  {
    name: 'Dead letters are filtered, grouped and resolved',
    documentation: FLATTEN_PAGE,
    shownBy: ['fakesnow'],
    run: async (scratch) => {
      const letters = [0, 1].map((offset) => scratch.letter(offset, Buffer.from('{}')));
      await scratch.store(await scratch.owner(), scratch.batch(0, [], letters));
      const store = await scratch.deadLetters();
      const filter = { ...ANY_DEAD_LETTER, topic: scratch.topic, field: 'quantity', producer: 'shop' };
      const [group] = await store.groups(filter, ['type', 'field', 'producer', 'hour']);
      must(group?.count === 2, `${String(group?.count)} letters in the group`);
      const [one] = await store.find(filter);
      await store.resolve(one === undefined ? [] : [one], { user: 'verification', reason: 'seen' });
      const { open, resolved } = await store.count(filter);
      must(open === 1 && resolved === 1, `${open} open, ${resolved} resolved`);
      return 'one group of 2, one of them resolved';
    },
  },
  {
    name: 'A redriven message is stored once, and its dead letter says where',
    documentation: null,
    shownBy: ['fakesnow'],
    run: async (scratch) => {
      const repository = await scratch.owner();
      await scratch.store(repository, scratch.batch(0, [], [scratch.letter(0, Buffer.from('{}'))]));
      const store = await scratch.deadLetters();
      const filter = { ...ANY_DEAD_LETTER, topic: scratch.topic };
      const keys = await store.find(filter);
      const [claimed] = await store.claim(keys.map((key) => ({ ...key, redriveId: randomUUID() })));
      must(claimed?.storedAs === null, 'the letter could not be claimed');
      const { redriveId } = claimed;
      const by = { user: 'verification', reason: null };
      await store.markRedriven(
        keys.map((key) => ({ ...key, redriveId, changed: 'quantity' })),
        by,
      );
      const [action] = keys[0] === undefined ? [] : await store.actions(keys[0]);
      must(action?.by === by.user && action.redriveId === redriveId, 'the action was not recorded');
      await scratch.store(repository, scratch.batch(1, [scratch.row(1, { redriveId })]));
      const again = await repository.write(scratch.batch(2, [scratch.row(2, { redriveId })]));
      must(again.kind === 'already-stored', `sent again it is ${again.kind}`);
      const [entry] = await store.read(keys);
      must(
        entry?.status === 'stored' && entry.storedAs?.offset === 1,
        `the letter is ${String(entry?.status)}`,
      );
      return 'stored at offset 1, skipped at offset 2';
    },
  },
];
