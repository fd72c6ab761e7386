import type { CheckpointMove, CheckpointStore } from '#warehouse';
import { GROUP, stored, TOPIC } from './batches.js';
import { expectStored, Fixture, type ContractEngine, type ContractWarehouse } from './fixture.js';

/** The subject of the contract. */
export type CheckpointEngine = ContractEngine<ContractWarehouse & { checkpoints(): CheckpointStore }>;

const ANOTHER = 'another';

/** Verifies what the operator relies on in an adapter of the port CheckpointStore. For specs: uses Jest's globals. */
export function describeCheckpointStoreContract(name: string, engine: CheckpointEngine): void {
  describe(`${name} as a checkpoint store`, () => {
    const fixture = new Fixture(engine);

    /** Two services each stored the first ten offsets of a partition; one of another group claimed both. All have ended. */
    async function ingested(): Promise<void> {
      const starts = [0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 }));
      for (const start of starts) {
        const repository = await fixture.open();
        await repository.claim([start]);
        expectStored(await repository.write(stored(0, 10, start.partition)));
        await repository.close();
      }
      const another = await fixture.open(ANOTHER);
      await another.claim(starts);
      await another.close();
    }

    /** Opens a store for one piece of work, as a command does. */
    async function operating<T>(work: (store: CheckpointStore) => Promise<T>): Promise<T> {
      const store = fixture.warehouse.checkpoints();
      expect(await store.open()).toEqual([]);
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    }

    const move = (partition: number, expected: number | null, to: number): CheckpointMove => ({
      topic: TOPIC,
      partition,
      expected,
      to,
    });
    const moved = (...moves: CheckpointMove[]) => operating((store) => store.move(GROUP, moves));
    const position = { FIRST_OFFSET: 0, NEXT_OFFSET: 10, STORED: 10 };
    const anew = (offset: number) => ({
      FIRST_OFFSET: offset,
      NEXT_OFFSET: offset,
      STORED: 0,
      DEAD_LETTERED: 0,
      SKIPPED: 0,
      GAPS: 0,
      LOST: 0,
      LAST_TIMESTAMP_MS: null,
    });

    it('reads the checkpoints of one group and topic, and when they were written', async () => {
      const before = Date.now();
      await ingested();

      const found = await operating((store) => store.read(GROUP, TOPIC));

      const counted = {
        firstOffset: 0,
        nextOffset: 10,
        stored: 10,
        lastTimestampMs: 1_700_000_000_009,
        heldIn: expect.stringMatching(
          /^(INGESTION_CHECKPOINTS(_\d|_HYBRID)?|STREAMING_CHECKPOINTS)$/,
        ) as string,
      };
      expect(found).toMatchObject([
        { topic: TOPIC, partition: 0, ...counted },
        { topic: TOPIC, partition: 1, ...counted },
      ]);
      for (const { updatedAtMs } of found) {
        // The engine's clock may differ from ours.
        expect(updatedAtMs).toBeGreaterThan(before - 60_000);
        expect(updatedAtMs).toBeLessThan(Date.now() + 60_000);
      }
      expect(await operating((store) => store.read(GROUP, 'other_topic'))).toEqual([]);
    });

    it.each([
      ['back', 4],
      ['forward', 25],
    ])('moves %s, and resets the counters', async (_where, to) => {
      await ingested();

      expect(await moved(move(1, 10, to))).toBe(true);

      // The fixture checks the sums of every row that it reads.
      expect(await fixture.checkpoints()).toMatchObject([
        { CONSUMER_GROUP: ANOTHER, PARTITION: 0, ...anew(10) },
        { CONSUMER_GROUP: ANOTHER, PARTITION: 1, ...anew(10) },
        { CONSUMER_GROUP: GROUP, PARTITION: 0, ...position },
        { CONSUMER_GROUP: GROUP, PARTITION: 1, ...anew(to) },
      ]);
    });

    it('moves all of them or none', async () => {
      await ingested();
      const before = await fixture.checkpoints();

      expect(await moved(move(0, 10, 0), move(1, 9, 0))).toBe(false);
      expect(await moved(move(0, 10, 0), move(7, 0, 5))).toBe(false);
      expect(await fixture.checkpoints()).toEqual(before);

      expect(await moved(move(0, 10, 0), move(1, 10, 3))).toBe(true);
      expect(await fixture.checkpoints()).toMatchObject([anew(10), anew(10), anew(0), anew(3)]);
    });

    it('creates a checkpoint only if there is none', async () => {
      await ingested();
      expect(await moved(move(2, null, 5), move(1, null, 5))).toBe(false);
      expect(await moved(move(2, null, 5), move(1, 10, 3))).toBe(true);
      expect((await fixture.checkpoints()).slice(2)).toMatchObject([position, anew(3), anew(5)]);
      const identity = await operating((store) => store.identity());
      expect(await (await fixture.open()).identity()).toBe(identity);
    });

    it('fences off a service that continues from the old offset', async () => {
      await ingested();
      expect(await moved(move(0, 10, 4))).toBe(true);
      const repository = await fixture.open();

      if (engine.writesInParts !== true) {
        expect(await repository.write(stored(10, 12))).toMatchObject({ kind: 'stale' });
      }
      expect(await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }])).toMatchObject([
        { firstOffset: 4, nextOffset: 4, stored: 0 },
      ]);
      expectStored(await repository.write(stored(4, 10)));
      expect((await fixture.checkpoints())[2]).toMatchObject({ FIRST_OFFSET: 4, NEXT_OFFSET: 10, STORED: 6 });
    });
  });
}
