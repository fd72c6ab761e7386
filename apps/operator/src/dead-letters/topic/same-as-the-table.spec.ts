import type { DeadLetter } from '#pipeline';
import {
  ANY_DEAD_LETTER,
  GROUPINGS,
  type DeadLetterEntry,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterStore,
  type Grouping,
} from '#warehouse';
import { batch, DuckDbWarehouse, GROUP, letter, range, TOPIC } from '#testing/warehouse-contract';
import { letterFilter } from './letter-filter.js';
import { LetterGroups } from './letter-groups.js';

const HOUR = 3_600_000;
const FAILED_AT = 1_700_000_100_000;

function failed(offset: number, over: Partial<DeadLetter>, message: Partial<DeadLetter['message']> = {}) {
  const place = letter(offset).message;
  return letter(offset, {
    failedAtMs: FAILED_AT + offset * 1_000_000,
    ...over,
    message: { ...place, ...message },
  });
}

function faults(...fields: string[]): DeadLetter['details'] {
  return fields.map((field) => ({ field, rule: 'isInt', expected: 'an integer', actualType: 'string' }));
}

const ORDER = { errorType: 'invalid_schema', eventType: 'ORDER_CREATED' } as const;
const value = (event: unknown) => ({ value: Buffer.from(JSON.stringify(event)) });

const LETTERS = [
  failed(0, {}),
  failed(1, { ...ORDER, details: faults('quantity', 'customer_id') }, value({ source_service: 'web-shop' })),
  failed(2, { ...ORDER, details: faults('quantity') }, value({ source_service: 'till' })),
  failed(
    3,
    {},
    { ...value({ source_service: 'till' }), headers: { source_service: Buffer.from('scanner') } },
  ),
  failed(4, { errorType: 'too_large', eventType: "O'Brien" }, value({ source_service: 7 })),
  failed(5, { details: faults('quantity', 'quantity') }, value({ source_service: { name: 'till' } })),
  failed(6, {}, value({ source_service: null })),
  failed(7, { errorType: 'not_an_object' }, value(['till'])),
  failed(8, {}, { value: Buffer.from([0xff]) }),
  failed(9, {}, { value: null, headers: { source_service: [Buffer.from('first'), Buffer.from('second')] } }),
  failed(10, { errorType: 'not_an_object' }, value('source_service')),
  failed(11, {}, { ...value({ source_service: 'till' }), headers: { source_service: null } }),
];

const FILTERS: Partial<DeadLetterFilter>[] = [
  {},
  { errorType: 'invalid_schema' },
  { eventType: 'ORDER_CREATED' },
  { eventType: "O'Brien" },
  { field: 'quantity' },
  { field: 'customer_id', errorType: 'invalid_schema' },
  ...['web-shop', 'till', 'scanner', '7', '{"name":"till"}', 'first', 'second', 'null'].map((producer) => ({
    producer,
  })),
  { topic: TOPIC, partition: 0 },
  { topic: 'other' },
  { partition: 1 },
  { offsets: { first: 2, last: 4 } },
  { failedSinceMs: FAILED_AT + 2_000_000 },
  { failedBeforeMs: FAILED_AT + 2_000_000 },
  { failedSinceMs: FAILED_AT + HOUR, errorType: 'json_decode' },
  { ids: [] },
  {
    ids: [
      { topic: TOPIC, partition: 0, offset: 3 },
      { topic: 'other', partition: 0, offset: 4 },
    ],
  },
];

describe('letters read from the topic', () => {
  let warehouse: DuckDbWarehouse;
  let table: DeadLetterStore;
  let letters: DeadLetterEntry[];

  beforeAll(async () => {
    warehouse = await DuckDbWarehouse.start();
    const repository = warehouse.repository(GROUP);
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    const ranges = [range(0, LETTERS.length, { deadLettered: LETTERS.length })];
    expect(await repository.write(batch({ deadLetters: LETTERS, ranges }))).toMatchObject({ kind: 'stored' });
    await repository.close();
    table = warehouse.deadLetters();
    expect(await table.open()).toEqual([]);
    letters = await table.read(await table.find(ANY_DEAD_LETTER));
    expect(letters).toHaveLength(LETTERS.length);
  });
  afterAll(async () => {
    await table.close();
    await warehouse.close();
  });

  it.each(FILTERS.map((filter) => [JSON.stringify(filter), filter] as const))(
    'match %s like those of the table',
    async (_, over) => {
      const filter = { ...ANY_DEAD_LETTER, ...over };
      const found = await table.find(filter);
      expect(letters.filter(letterFilter(filter)).map(({ offset }) => offset)).toEqual(
        found.map(({ offset }) => offset),
      );
    },
  );

  const GROUPED: Grouping[][] = [[], ...GROUPINGS.map((grouping) => [grouping]), [...GROUPINGS]];

  it.each(GROUPED.map((by) => [by.join(', '), by] as const))(
    'are grouped by "%s" like those of the table',
    async (_, by) => {
      const groups = new LetterGroups(by);
      for (const each of letters) groups.add(each);
      const list = groups.list();
      expect(ordered(list)).toEqual(ordered(await table.groups(ANY_DEAD_LETTER, by)));
      const counts = list.map(({ count }) => count);
      expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    },
  );
});

/** Groups of equal size with the same last letter have no defined order. */
function ordered(groups: readonly DeadLetterGroup[]): DeadLetterGroup[] {
  const text = ({ type, eventType, field, producer, hourMs }: DeadLetterGroup) =>
    JSON.stringify([type, eventType, field, producer, hourMs]);
  return groups.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}
