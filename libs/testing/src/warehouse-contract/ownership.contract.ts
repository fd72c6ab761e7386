import type { Batch, EventRepository, WriteResult } from '#pipeline';
import { batch, letter, range, row, stored, TOPIC } from './batches.js';
import { expectStored, Fixture, type ContractEngine } from './fixture.js';

/** Retries after transient faults, as the pipeline does: they say nothing about the batch. */
async function settled(repository: EventRepository, written: Batch): Promise<WriteResult> {
  for (let tries = 1; ; tries++) {
    const result = await repository.write(written);
    if (result.kind !== 'fault' || result.fault.class !== 'transient' || tries === 50) return result;
  }
}

export function describeOwnership(engine: ContractEngine): void {
  describe('the checkpoint as a fence', () => {
    const fixture = new Fixture(engine);

    async function claimed(partitions: number[]): Promise<EventRepository> {
      const repository = await fixture.open();
      await repository.claim(partitions.map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
      return repository;
    }

    it('stores the same batch once, however often it is written', async () => {
      const repository = await claimed([0]);
      const once = batch({
        rows: [row(0)],
        deadLetters: [letter(1)],
        ranges: [range(0, 2, { deadLettered: 1 })],
      });
      await repository.write(once);
      const after = await fixture.contents();

      const again = await repository.write(once);

      expect(again).toMatchObject({
        kind: 'stale',
        checkpoints: [
          { topic: TOPIC, partition: 0, firstOffset: 0, nextOffset: 2, stored: 1, deadLettered: 1 },
        ],
      });
      expect(await fixture.contents()).toEqual(after);
    });

    it.each([
      ['above', 3, range(2, 5)],
      ['below', 3, range(4, 5)],
      ['above, inside the range', 3, range(0, 5)],
    ])('writes nothing if a checkpoint is %s where the batch starts', async (_where, checkpoint, moved) => {
      const repository = await claimed([0, 1]);
      await repository.write(stored(0, checkpoint));
      const before = await fixture.contents();

      const result = await repository.write(
        batch({
          rows: [row(0, { partition: 1 }), row(4)],
          deadLetters: [letter(4)],
          ranges: [range(0, 1, { partition: 1 }), moved],
        }),
      );

      // The checkpoint of partition 1 is where the batch starts, so it is not named.
      expect(result).toMatchObject({
        kind: 'stale',
        checkpoints: [{ partition: 0, nextOffset: checkpoint }],
      });
      if (result.kind === 'stale') expect(result.checkpoints).toHaveLength(1);
      expect(await fixture.contents()).toEqual(before);
    });

    it('names all checkpoints that have moved', async () => {
      const repository = await claimed([0, 1]);
      await repository.write(stored(0, 3));
      await repository.write(stored(0, 2, 1));

      const result = await repository.write(
        batch({ ranges: [range(0, 4, { gaps: 4 }), range(5, 6, { partition: 1, gaps: 1 })] }),
      );

      expect(result.kind).toBe('stale');
      const found = result.kind === 'stale' ? result.checkpoints : [];
      expect(new Map(found.map(({ partition, nextOffset }) => [partition, nextOffset]))).toEqual(
        new Map([
          [0, 3],
          [1, 2],
        ]),
      );
    });

    it('writes nothing if one partition has no checkpoint, and says which', async () => {
      const repository = await claimed([0]);
      const before = await fixture.contents();

      const result = await repository.write(
        batch({
          rows: [row(0), row(0, { partition: 1 })],
          ranges: [range(0, 1), range(0, 1, { partition: 1 })],
        }),
      );

      expect(result).toMatchObject({ kind: 'fault', fault: { class: 'setup', code: 'CHECKPOINT_MISSING' } });
      if (result.kind === 'fault') expect(result.fault.message).toContain(`${TOPIC}-1`);
      expect(await fixture.contents()).toEqual(before);
    });

    it('ignores the checkpoints of other groups', async () => {
      const repository = await claimed([0]);
      const other = await fixture.open('another');
      await other.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
      await other.write(stored(0, 2));

      expectStored(await repository.write(stored(0, 1)));
      expect(await fixture.checkpoints()).toMatchObject([
        { CONSUMER_GROUP: 'another', NEXT_OFFSET: 2 },
        { CONSUMER_GROUP: 'ingestion', NEXT_OFFSET: 1 },
      ]);
    });

    it('lets two owners of different partitions write concurrently', async () => {
      const owners = [await claimed([0]), await claimed([1])];

      const results = await Promise.all(
        owners.map((owner, partition) => settled(owner, stored(0, 200, partition))),
      );

      expect(results.map(({ kind }) => kind)).toEqual(['stored', 'stored']);
      expect(await fixture.events()).toHaveLength(400);
    });

    if (engine.writesInParts === true) return;

    it('lets one of two owners store a range, however they race', async () => {
      const owners = [await claimed([0, 1]), await claimed([0, 1])];

      for (let offset = 0; offset < 50; offset += 10) {
        const results = await Promise.all(owners.map((owner) => settled(owner, stored(offset, offset + 10))));

        expect(results.map(({ kind }) => kind).sort()).toEqual(['stale', 'stored']);
        const stale = results.find((result) => result.kind === 'stale');
        expect(stale).toMatchObject({ checkpoints: [{ nextOffset: offset + 10 }] });
      }

      const offsets = (await fixture.events()).map(({ metadata }) => metadata['offset']);
      expect(offsets).toEqual(Array.from({ length: 50 }, (_, offset) => offset));
    });

    it('stores every range once if owners race with overlapping batches', async () => {
      const [one, other] = [await claimed([0, 1]), await claimed([0, 1])];
      const whole = batch({
        rows: [row(0), row(1), row(0, { partition: 1 })],
        ranges: [range(0, 2), range(0, 1, { partition: 1 })],
      });

      const results = await Promise.all([settled(one, whole), settled(other, stored(0, 1))]);

      const offsets = (await fixture.events()).map(({ metadata }) => [
        metadata['partition'],
        metadata['offset'],
      ]);
      expect(results.map(({ kind }) => kind).sort()).toEqual(['stale', 'stored']);
      expect(offsets).toEqual(
        results[0].kind === 'stored'
          ? [
              [0, 0],
              [0, 1],
              [1, 0],
            ]
          : [[0, 0]],
      );
    });
  });
}
