import type { Checkpoint } from '#pipeline';
import { GROUP, batch, range, row, stored, TOPIC } from './batches.js';
import { Fixture, type ContractEngine } from './fixture.js';

function fresh(partition: number, offset: number): Checkpoint {
  return {
    topic: TOPIC,
    partition,
    firstOffset: offset,
    nextOffset: offset,
    stored: 0,
    deadLettered: 0,
    skipped: 0,
    gaps: 0,
    lost: 0,
    lastTimestampMs: null,
  };
}

export function describeClaiming(engine: ContractEngine): void {
  describe('claim', () => {
    const fixture = new Fixture(engine);

    it('creates missing checkpoints at the start offset, and returns them in the given order', async () => {
      const repository = await fixture.open();

      const claimed = await repository.claim([
        { topic: TOPIC, partition: 2, startOffset: 40 },
        { topic: TOPIC, partition: 0, startOffset: 0 },
        { topic: TOPIC, partition: 1, startOffset: Number.MAX_SAFE_INTEGER - 1 },
      ]);

      expect(claimed).toEqual([fresh(2, 40), fresh(0, 0), fresh(1, Number.MAX_SAFE_INTEGER - 1)]);
      expect(await fixture.checkpoints()).toHaveLength(3);
    });

    it('keeps existing checkpoints, whatever the start offset', async () => {
      const repository = await fixture.open();
      await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
      await repository.write(stored(0, 3));

      const claimed = await repository.claim([
        { topic: TOPIC, partition: 0, startOffset: 100 },
        { topic: TOPIC, partition: 1, startOffset: 5 },
      ]);

      expect(claimed).toEqual([
        { ...fresh(0, 0), nextOffset: 3, stored: 3, lastTimestampMs: 1_700_000_000_002 },
        fresh(1, 5),
      ]);
    });

    it('finds its checkpoints again after a restart', async () => {
      const before = await fixture.open();
      await before.claim([{ topic: TOPIC, partition: 0, startOffset: 4 }]);
      await before.write(stored(4, 6));
      await before.close();

      const [checkpoint] = await (
        await fixture.open()
      ).claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);

      expect(checkpoint).toMatchObject({ firstOffset: 4, nextOffset: 6, stored: 2 });
    });

    it('starts after the rows that are already stored, partition by partition', async () => {
      const other = await fixture.open('another');
      await other.claim([0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
      await other.write(stored(0, 12));
      await other.write(
        batch({ rows: [row(3, { partition: 1 })], ranges: [range(0, 4, { partition: 1, gaps: 3 })] }),
      );

      const claimed = await (
        await fixture.open()
      ).claim([
        { topic: TOPIC, partition: 0, startOffset: 5 },
        { topic: TOPIC, partition: 1, startOffset: 90 },
        { topic: TOPIC, partition: 2, startOffset: 6 },
        { topic: 'other_topic', partition: 0, startOffset: 1 },
      ]);

      expect(claimed).toEqual([
        fresh(0, 12),
        fresh(1, 90),
        fresh(2, 6),
        { ...fresh(0, 1), topic: 'other_topic' },
      ]);
    });

    it('creates no checkpoint if the rows do not reach the required offset', async () => {
      const other = await fixture.open('another');
      await other.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
      await other.write(stored(0, 12));
      const repository = await fixture.open();
      expect(await repository.storedEnds([1, 0].map((partition) => ({ topic: TOPIC, partition })))).toEqual([
        0, 12,
      ]);

      const starts = [
        { topic: TOPIC, partition: 0, startOffset: 0, requiredOffset: 13 },
        { topic: TOPIC, partition: 1, startOffset: 5 },
        { topic: TOPIC, partition: 2, startOffset: 7, requiredOffset: 7 },
      ];
      expect(await repository.claim(starts)).toEqual([fresh(1, 5)]);
      expect(await repository.claim(starts)).toEqual([fresh(1, 5)]);
      expect(
        await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0, requiredOffset: 12 }]),
      ).toEqual([fresh(0, 12)]);
      expect(await repository.claim(starts)).toEqual([fresh(0, 12), fresh(1, 5)]);
    });

    it('creates a checkpoint if the rows reach the required offset exactly, and Kafka has lost later records', async () => {
      const other = await fixture.open('another');
      await other.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
      await other.write(stored(0, 12));
      const repository = await fixture.open();
      const start = { topic: TOPIC, partition: 0, startOffset: 40 };
      expect(await repository.claim([{ ...start, requiredOffset: 13 }])).toEqual([]);
      expect(await repository.claim([{ ...start, requiredOffset: 12 }])).toEqual([fresh(0, 40)]);
    });

    it('has one lasting identity for all its users', async () => {
      const repositories = [await fixture.open(), await fixture.open('another')];
      const [identity, same] = await Promise.all(repositories.map((repository) => repository.identity()));
      expect(identity).toMatch(/^(DuckDB|Snowflake) of \d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(same).toBe(identity);
      const [first] = repositories;
      await first?.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
      await first?.write(stored(0, 3));
      await first?.close();
      expect(await (await fixture.open()).identity()).toBe(identity);
    });

    it('separates consumer groups, and tells a new group which others have checkpoints of a topic', async () => {
      const repository = await fixture.open();
      await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
      expect(await repository.otherGroups(TOPIC)).toEqual([]);

      for (const [group, topic] of [
        ['zinfandel', TOPIC],
        ["d'Yquem", TOPIC],
        ['elsewhere', 'other_topic'],
      ] as const) {
        const other = await fixture.open(group);
        await other.claim([0, 1].map((partition) => ({ topic, partition, startOffset: 9 })));
      }

      const newcomer = await fixture.open('new');
      expect((await newcomer.otherGroups('other_topic')).sort()).toEqual(['elsewhere']);
      expect((await newcomer.otherGroups(TOPIC)).sort()).toEqual(["d'Yquem", GROUP, 'zinfandel'].sort());
      expect(await repository.otherGroups(TOPIC)).toEqual([]);
      expect(await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 1 }])).toEqual([fresh(0, 0)]);
    });

    it('passes checkpoints unchanged from owner to owner, however partitions are dealt out', async () => {
      const owners = [await fixture.open(), await fixture.open(), await fixture.open()];
      const ends = [0, 0, 0];
      for (const shares of [[[0, 1, 2]], [[0, 2], [1]], [[2], [0, 1]], [[0], [1], [2]], [[1, 2], [0]]]) {
        for (const [index, share] of shares.entries()) {
          const owner = owners[index];
          const starts = share.map((partition) => ({ topic: TOPIC, partition, startOffset: 0 }));
          for (const { partition, firstOffset, nextOffset, stored: count } of (await owner?.claim(starts)) ??
            []) {
            const end = ends[partition] ?? 0;
            expect([firstOffset, nextOffset, count]).toEqual([0, end, end]);
            expect(await owner?.write(stored(end, end + 2, partition))).toMatchObject({ kind: 'stored' });
            ends[partition] = end + 2;
          }
        }
      }
      expect(await fixture.checkpoints()).toMatchObject(
        [0, 1, 2].map(() => ({ NEXT_OFFSET: 10, STORED: 10 })),
      );
      expect(await fixture.events()).toHaveLength(30);
    });

    it('returns nothing for no partitions', async () => {
      expect(await (await fixture.open()).claim([])).toEqual([]);
    });

    if (engine.writesInParts === true) return;

    it('creates one row if two first owners claim concurrently', async () => {
      const owners = [await fixture.open(), await fixture.open()];
      const partitions = Array.from({ length: 6 }, (_, partition) => ({
        topic: TOPIC,
        partition,
        startOffset: 0,
      }));

      const claimed = await Promise.all(owners.map((owner) => owner.claim(partitions)));

      expect(claimed[0]).toEqual(partitions.map(({ partition }) => fresh(partition, 0)));
      expect(claimed[1]).toEqual(claimed[0]);
      expect(await fixture.checkpoints()).toHaveLength(6);
    });

    if (engine.keepsOneCheckpoint === true) {
      it('holds no second checkpoint of a partition', async () => {
        const repository = await fixture.open();
        await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);

        await expect(fixture.warehouse.doubleCheckpoints()).rejects.toThrow();

        expect(await fixture.checkpoints()).toHaveLength(1);
      });
      return;
    }

    it('refuses a partition with two checkpoints', async () => {
      const repository = await fixture.open();
      await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
      await fixture.warehouse.doubleCheckpoints();

      await expect(repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }])).rejects.toMatchObject({
        fault: { class: 'setup', code: 'TWO_CHECKPOINTS' },
      });
      expect(await repository.write(stored(0, 1))).toMatchObject({
        kind: 'fault',
        fault: { class: 'setup', code: 'TWO_CHECKPOINTS' },
      });
      expect(await fixture.events()).toEqual([]);
    });
  });
}
