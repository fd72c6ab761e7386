import { randomUUID } from 'node:crypto';
import { Lake, objectKey, partitionPrefix, type ObjectStore } from '#lake';
import { FaultError } from '#pipeline';

/** What the contract needs of a store. */
export interface StoreFixture {
  /** Another client of the same store; all see the same objects. */
  open: () => ObjectStore;
}

const NO_METADATA = {};

/** What every adapter of {@link ObjectStore} guarantees. */
export function describeObjectStore(name: string, start: () => Promise<StoreFixture>): void {
  describe(`an object store: ${name}`, () => {
    let fixture: StoreFixture;
    let store: ObjectStore;
    let topic: string;

    beforeAll(async () => {
      fixture = await start();
    });
    beforeEach(() => {
      store = fixture.open();
      topic = `t-${randomUUID()}`;
    });
    afterEach(() => store.close());

    const at = (partition = 0) => ({ topic, partition });
    const put = (offset: number, content = `from ${offset}`, partition = 0) =>
      store.put(objectKey(at(partition), offset), Buffer.from(content), NO_METADATA);

    async function textOf(key: string): Promise<string> {
      const chunks: Buffer[] = [];
      for await (const chunk of store.read(key)) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    }

    it('can be written', async () => {
      expect(await store.check()).toEqual([]);
    });

    it('returns what was written', async () => {
      const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
      const key = objectKey(at(), 0);
      expect(await store.put(key, content, { 'last-offset': '9' })).toBe('written');
      const chunks: Buffer[] = [];
      for await (const chunk of store.read(key)) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(content)).toBe(true);
      expect((await store.tail(key, 256)).equals(content.subarray(-256))).toBe(true);
    });

    it('never changes an object', async () => {
      expect(await put(0, 'first')).toBe('written');
      expect(await put(0, 'second')).toBe('exists');
      expect(await textOf(objectKey(at(), 0))).toBe('first');
    });

    it('lets one of many writers win', async () => {
      const stores = Array.from({ length: 16 }, () => fixture.open());
      const key = objectKey(at(), 7);
      const results = await Promise.all(
        stores.map((each, index) => each.put(key, Buffer.from(`writer ${index}`), NO_METADATA)),
      );
      const winners = results.flatMap((result, index) => (result === 'written' ? [index] : []));
      expect(winners).toHaveLength(1);
      expect(await textOf(key)).toBe(`writer ${winners[0]}`);
      await Promise.all(stores.map((each) => each.close()));
    });

    it('lists the objects of a topic in the order of keys, and no others', async () => {
      await put(100);
      await put(20);
      await put(0, 'x', 1);
      await put(0, 'x', 10);
      await store.put(objectKey({ topic: `${topic}2`, partition: 0 }, 0), Buffer.from('x'), NO_METADATA);
      const listed = [];
      for await (const { key, bytes } of store.list(`${topic}/`)) listed.push([key, bytes]);
      const expected = [objectKey(at(), 20), objectKey(at(), 100), objectKey(at(1), 0), objectKey(at(10), 0)];
      expect(listed.map(([key]) => key)).toEqual(expected.sort());
      expect(listed.map(([, bytes]) => bytes)).toEqual([7, 8, 1, 1]);
    });

    it('finds the last object of a partition, or none', async () => {
      expect(await store.last(partitionPrefix(at()))).toBeNull();
      await put(9_999);
      await put(1_000_000);
      await put(0);
      await put(2_000_000, 'x', 1);
      expect((await store.last(partitionPrefix(at())))?.key).toBe(objectKey(at(), 1_000_000));
    });

    it('throws a fault for an object that does not exist', async () => {
      const missing = objectKey(at(), 3);
      await expect(store.tail(missing, 256)).rejects.toThrow(FaultError);
      await expect(textOf(missing)).rejects.toThrow(FaultError);
    });

    it('carries a chain of objects that any client continues', async () => {
      const lake = new Lake(store);
      const other = new Lake(fixture.open());
      const summary = { first: 0, next: 10, records: 1, lost: 4, lastTimestampMs: 1_795_500_000_000 };
      expect(await lake.last(at())).toBeNull();
      const line = Buffer.from('{"partition":0,"offset":9}\n');
      expect(await lake.append(at(), summary, [line])).toMatchObject({ kind: 'written' });
      expect(await other.last(at())).toEqual(summary);
      expect(await other.append(at(), { ...summary, next: 7 }, [line])).toEqual({
        kind: 'taken',
        next: 10,
        lastTimestampMs: 1_795_500_000_000,
      });
      await other.store.close();
    });
  });
}
