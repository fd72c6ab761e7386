import { randomUUID } from 'node:crypto';
import type { DeadLetter, EventRepository } from '#pipeline';
import {
  ANY_DEAD_LETTER,
  type Actor,
  type DeadLetterFilter,
  type DeadLetterKey,
  type DeadLetterStore,
  type RedrivenLetter,
} from '#warehouse';
import { batch, GROUP, letter, range, row, TOPIC } from './batches.js';
import type { ContractWarehouse } from './fixture.js';

/** The subject of the contract. */
export interface DeadLetterEngine {
  start(): Promise<ContractWarehouse & { deadLetters(): DeadLetterStore }>;
}

const HOUR = 3_600_000;
const FAILED_AT = 1_700_000_100_000;
const BY: Actor = { user: 'anna', reason: null };

/** Verifies what the operator relies on in an adapter of the port DeadLetterStore. For specs: uses Jest's globals. */
export function describeDeadLetterStoreContract(name: string, engine: DeadLetterEngine): void {
  describe(`${name} as a dead-letter store`, () => {
    let warehouse: Awaited<ReturnType<DeadLetterEngine['start']>>;
    let repository: EventRepository;
    let store: DeadLetterStore;

    beforeEach(async () => {
      warehouse = await engine.start();
      repository = warehouse.repository(GROUP);
      expect(await repository.open()).toEqual([]);
      await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
      store = warehouse.deadLetters();
      expect(await store.open()).toEqual([]);
    });
    afterEach(async () => {
      await store.close();
      await repository.close();
      await warehouse.close();
    });

    /** Writes letters at the offsets from 0, as the service does. */
    async function write(...letters: Partial<DeadLetter>[]): Promise<DeadLetter[]> {
      const deadLetters = letters.map((over, offset) => letter(offset, over));
      const ranges = [range(0, letters.length, { deadLettered: letters.length })];
      expect(await repository.write(batch({ deadLetters, ranges }))).toMatchObject({ kind: 'stored' });
      return deadLetters;
    }

    function invalid(fields: string[], over: Partial<DeadLetter> = {}): Partial<DeadLetter> {
      return {
        errorType: 'invalid_schema',
        eventType: 'ORDER_CREATED',
        details: fields.map((field) => ({
          field,
          rule: 'isInt',
          expected: 'an integer',
          actualType: 'string',
        })),
        ...over,
      };
    }

    function withMessage(over: Partial<DeadLetter['message']>, offset: number): Partial<DeadLetter> {
      return { message: { ...letter(offset).message, ...over } };
    }

    async function offsets(filter: Partial<DeadLetterFilter>): Promise<number[]> {
      return (await store.find({ ...ANY_DEAD_LETTER, ...filter })).map(({ offset }) => offset);
    }

    function sent(key: DeadLetterKey): RedrivenLetter {
      return { ...key, redriveId: randomUUID(), changed: null };
    }

    function at(offset: number): DeadLetterKey {
      return { topic: TOPIC, partition: 0, offset, timestampMs: letter(offset).message.timestampMs };
    }

    it('finds letters by error, coordinates and time, in order', async () => {
      await write(
        {},
        invalid(['quantity', 'customer_id']),
        invalid(['quantity'], { eventType: 'INVENTORY_ADJUSTED', failedAtMs: FAILED_AT + HOUR }),
        { errorType: 'too_large', failedAtMs: FAILED_AT + 2 * HOUR },
      );

      expect(await offsets({})).toEqual([0, 1, 2, 3]);
      expect(await offsets({ errorType: 'invalid_schema' })).toEqual([1, 2]);
      expect(await offsets({ eventType: 'INVENTORY_ADJUSTED' })).toEqual([2]);
      expect(await offsets({ field: 'quantity' })).toEqual([1, 2]);
      expect(await offsets({ field: 'customer_id' })).toEqual([1]);
      expect(await offsets({ topic: TOPIC, partition: 0, offsets: { first: 2, last: 9 } })).toEqual([2, 3]);
      expect(await offsets({ topic: 'other' })).toEqual([]);
      expect(await offsets({ partition: 1 })).toEqual([]);
      expect(await offsets({ failedSinceMs: FAILED_AT + HOUR })).toEqual([2, 3]);
      expect(await offsets({ failedBeforeMs: FAILED_AT + HOUR })).toEqual([0, 1]);
      expect(await offsets({ ids: [at(3), at(0), { ...at(1), topic: 'other' }] })).toEqual([0, 3]);
      expect(await offsets({ ids: [] })).toEqual([]);
      expect(await offsets({ errorType: 'invalid_schema', failedSinceMs: FAILED_AT + HOUR })).toEqual([2]);
    });

    it('finds letters by the producer in a header or in the event', async () => {
      const named = Buffer.from('{"source_service": "web-shop"}');
      const headers = { source_service: Buffer.from('till') };
      await write(
        withMessage({ value: named }, 0),
        withMessage({ value: named, headers }, 1),
        withMessage({ value: Buffer.from('{"source_service": "web-sh') }, 2),
        withMessage({ value: Buffer.from([0xff]), headers }, 3),
      );

      expect(await offsets({ producer: 'web-shop' })).toEqual([0]);
      expect(await offsets({ producer: 'till' })).toEqual([1, 3]);
    });

    it('treats hostile filters as text', async () => {
      await write({ eventType: "O'Brien" }, { eventType: '"%_$1\\' });

      expect(await offsets({ eventType: "O'Brien" })).toEqual([0]);
      expect(await offsets({ eventType: '"%_$1\\' })).toEqual([1]);
      expect(await offsets({ eventType: "' OR 1=1 --" })).toEqual([]);
    });

    it('keeps every digit of any timestamp, and acts on its letter', async () => {
      const times = [-1, 1_700_000_000_000_000, 1_700_000_000_123_456_789n, 2n ** 63n - 1n, -(2n ** 63n)];
      await write(...times.map((timestampMs, offset) => withMessage({ timestampMs }, offset)));

      const found = await store.find(ANY_DEAD_LETTER);
      expect(found.map(({ timestampMs }) => timestampMs)).toEqual(times);
      expect((await store.read(found)).map(({ timestampMs }) => timestampMs)).toEqual(times);
      const claimed = await store.claim(found.map((one) => ({ ...one, redriveId: randomUUID() })));
      expect(new Set(claimed.map(({ timestampMs }) => timestampMs))).toEqual(new Set(times));
      await store.markRedriven(found.slice(0, 3).map(sent), BY);
      await store.resolve(found.slice(3), { ...BY, reason: 'no time of ours' });
      expect(await store.count(ANY_DEAD_LETTER)).toEqual({ open: 0, redriven: 3, stored: 0, resolved: 2 });
    });

    it('reports the lengths of values without reading them', async () => {
      await write(withMessage({ value: Buffer.from('é🍷') }, 0), withMessage({ value: null }, 1));
      expect((await store.find(ANY_DEAD_LETTER)).map(({ length }) => length)).toEqual([2, 0]);
    });

    it('groups letters, largest group first, with the first and last failure', async () => {
      await write(
        invalid(['quantity', 'customer_id']),
        invalid(['quantity'], { failedAtMs: FAILED_AT + 1_000 }),
        { failedAtMs: FAILED_AT + HOUR },
      );

      expect(await store.groups(ANY_DEAD_LETTER, ['type', 'event-type'])).toEqual([
        {
          type: 'invalid_schema',
          eventType: 'ORDER_CREATED',
          count: 2,
          firstFailedAtMs: FAILED_AT,
          lastFailedAtMs: FAILED_AT + 1_000,
          last: { topic: TOPIC, partition: 0, offset: 1 },
        },
        {
          type: 'json_decode',
          eventType: null,
          count: 1,
          firstFailedAtMs: FAILED_AT + HOUR,
          lastFailedAtMs: FAILED_AT + HOUR,
          last: { topic: TOPIC, partition: 0, offset: 2 },
        },
      ]);
      expect(
        (await store.groups(ANY_DEAD_LETTER, ['field', 'producer'])).map(({ field, producer, count }) => [
          field,
          producer,
          count,
        ]),
      ).toEqual([
        ['quantity', null, 2],
        [null, null, 1],
        ['customer_id', null, 1],
      ]);
      const hour = FAILED_AT - (FAILED_AT % HOUR);
      expect(
        (await store.groups(ANY_DEAD_LETTER, ['hour'])).map(({ hourMs, count }) => [hourMs, count]),
      ).toEqual([
        [hour, 2],
        [hour + HOUR, 1],
      ]);
      expect(await store.groups({ ...ANY_DEAD_LETTER, topic: 'other' }, [])).toEqual([]);
    });

    it('reads letters with their bytes, ordered by coordinates', async () => {
      const headers = { trace: [Buffer.from('a'), Buffer.from([0xff])] };
      await write({}, withMessage({ value: Buffer.from([0, 0xff]), key: Buffer.from('k'), headers }, 1), {});

      const read = await store.read([at(1), at(0)]);

      expect(read).toMatchObject([
        {
          ...at(0),
          status: 'open',
          value: { kind: 'whole', bytes: Buffer.from('{"event_type":') },
          key: null,
        },
        {
          ...at(1),
          value: { kind: 'whole', bytes: Buffer.from([0, 0xff]) },
          key: Buffer.from('k'),
          headers: [
            { name: 'trace', value: Buffer.from('a') },
            { name: 'trace', value: Buffer.from([0xff]) },
          ],
          attempt: 1,
          failedAtMs: FAILED_AT,
          redriveId: null,
          redrivenAtMs: null,
          storedAtMs: null,
          storedAs: null,
          resolvedAtMs: null,
          resolution: null,
        },
      ]);
      expect(await store.read([{ ...at(0), timestampMs: 1 }])).toEqual([]);
    });

    it('keeps a byte order mark, so that a redrive sends what was received', async () => {
      const marked = Buffer.from('\uFEFF{"event_type":"ORDER_CREATED"}');
      await write(withMessage({ value: marked, key: marked }, 0));
      expect(await store.read([at(0)])).toMatchObject([
        { value: { kind: 'whole', bytes: marked }, key: marked },
      ]);
    });

    it('counts a message once if two groups have dead-lettered it', async () => {
      const letters = await write({});
      const other = warehouse.repository('other');
      expect(await other.open()).toEqual([]);
      await other.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
      await other.write(batch({ deadLetters: letters, ranges: [range(0, 1, { deadLettered: 1 })] }));
      await other.close();

      expect(await offsets({})).toEqual([0]);
      expect(await store.count(ANY_DEAD_LETTER)).toMatchObject({ open: 1 });
      expect(await store.groups(ANY_DEAD_LETTER, ['type'])).toMatchObject([{ count: 1 }]);
      expect(await store.read([at(0)])).toHaveLength(1);
    });

    it('keeps the redrive id that a letter got first', async () => {
      await write({}, {});
      const [first, second] = [randomUUID(), randomUUID()];

      const claimed = await store.claim([{ ...at(0), redriveId: first }]);
      const again = await store.claim([
        { ...at(0), redriveId: second },
        { ...at(1), redriveId: second },
      ]);

      expect(claimed).toEqual([{ ...at(0), redriveId: first, storedAs: null }]);
      expect(new Map(again.map(({ offset, redriveId }) => [offset, redriveId]))).toEqual(
        new Map([
          [0, first],
          [1, second],
        ]),
      );
      expect(await store.count(ANY_DEAD_LETTER)).toEqual({ open: 2, redriven: 0, stored: 0, resolved: 0 });
    });

    it('reports that the message of a letter is already stored under its new id', async () => {
      await write({}, {});
      const redriveId = randomUUID();
      await store.claim([{ ...at(0), redriveId }]);
      const stored = row(2, { redriveId });
      expect(await repository.write(batch({ rows: [stored], ranges: [range(2, 3)] }))).toMatchObject({
        kind: 'stored',
      });

      const storedAs = { topic: TOPIC, partition: 0, offset: 2 };
      expect(await store.claim([{ ...at(1), redriveId }])).toEqual([{ ...at(1), redriveId, storedAs }]);
      expect(await store.count(ANY_DEAD_LETTER)).toMatchObject({ open: 0, stored: 2 });
      const [first, second] = await store.read([at(0), at(1)]);
      expect(first).toMatchObject({ status: 'stored', redriveId, storedAs });
      expect(second).toMatchObject({ storedAs, storedAtMs: first?.storedAtMs });
    });

    it('records redrives and resolutions', async () => {
      await write({}, {}, {});
      const from = Date.now() - 60_000;

      await store.markRedriven([sent(at(0))], BY);
      await store.resolve([at(1)], { ...BY, reason: "a test of the shop's" });

      expect(await store.count(ANY_DEAD_LETTER)).toEqual({ open: 1, redriven: 1, stored: 0, resolved: 1 });
      expect(await offsets({ statuses: ['redriven', 'resolved'] })).toEqual([0, 1]);
      expect(await offsets({ statuses: ['open'] })).toEqual([2]);
      const [redriven, resolved] = await store.read([at(0), at(1)]);
      expect(redriven).toMatchObject({ status: 'redriven', resolvedAtMs: null });
      expect(redriven?.redrivenAtMs).toBeGreaterThan(from);
      expect(resolved).toMatchObject({ status: 'resolved', resolution: "a test of the shop's" });
      expect(resolved?.resolvedAtMs).toBeGreaterThan(from);
    });

    it('keeps who acted on a letter, when and why, oldest first, also for later ones', async () => {
      await write({}, withMessage({ timestampMs: 2n ** 63n - 1n }, 1));
      const other = { ...at(1), timestampMs: 2n ** 63n - 1n };
      const from = Date.now() - 60_000;
      const [first, second] = [sent(at(0)), { ...sent(at(0)), changed: 'customer_id, "quantity"' }];

      await store.markRedriven([first], BY);
      await store.markRedriven([second, sent(other)], { user: "O'Brien\0", reason: '🍷 "again"' });
      await store.resolve([at(0)], { ...BY, reason: 'done' });

      const actions = await store.actions(at(0));
      const atMs = expect.any(Number) as number;
      expect(actions).toEqual([
        { action: 'redrive', by: 'anna', reason: null, changed: null, redriveId: first.redriveId, atMs },
        {
          action: 'redrive',
          by: "O'Brien\uFFFD",
          reason: '🍷 "again"',
          changed: 'customer_id, "quantity"',
          redriveId: second.redriveId,
          atMs,
        },
        { action: 'resolve', by: 'anna', reason: 'done', changed: null, redriveId: null, atMs },
      ]);
      expect(Math.min(...actions.map((action) => action.atMs))).toBeGreaterThan(from);
      expect(await store.actions(other)).toMatchObject([{ by: "O'Brien\uFFFD" }]);
      expect(await store.actions(at(1))).toEqual([]);
    });

    it('returns nothing for no letters', async () => {
      await write({});
      expect(await store.read([])).toEqual([]);
      expect(await store.claim([])).toEqual([]);
      await store.markRedriven([], BY);
      await store.resolve([], { ...BY, reason: 'none' });
      expect(await store.count(ANY_DEAD_LETTER)).toMatchObject({ open: 1 });
    });

    it('refuses work after the close', async () => {
      await store.close();
      await expect(store.find(ANY_DEAD_LETTER)).rejects.toThrow('not open');
    });
  });
}
