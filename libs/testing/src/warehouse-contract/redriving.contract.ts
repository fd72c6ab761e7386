import { randomUUID } from 'node:crypto';
import type { EventRepository } from '#pipeline';
import { SALES_EVENTS_DLQ } from '#warehouse';
import { batch, letter, range, row, TOPIC } from './batches.js';
import { expectStored, Fixture, parsed, type ContractEngine } from './fixture.js';

/** Redriven dead letters are stored once, and their letters say where. */
export function describeRedriving(engine: ContractEngine): void {
  describe('a redriven dead letter', () => {
    const fixture = new Fixture(engine);
    const [one, other] = [randomUUID(), randomUUID()];

    /** Writes dead letters at the offsets from 0, each with the given redrive id. */
    async function failed(...redriveIds: (string | null)[]): Promise<EventRepository> {
      const repository = await fixture.open();
      await repository.claim([0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
      const deadLetters = redriveIds.map((_, offset) => letter(offset, { reason: `letter ${offset}` }));
      const ranges = [range(0, deadLetters.length, { deadLettered: deadLetters.length })];
      expectStored(await repository.write(batch({ deadLetters, ranges })));
      for (const [offset, id] of redriveIds.entries()) {
        if (id === null) continue;
        await fixture.warehouse.execute(
          `UPDATE ${SALES_EVENTS_DLQ.name} SET REDRIVE_ID = '${id}' WHERE ERROR_REASON = 'letter ${offset}'`,
        );
      }
      return repository;
    }

    /** The offset at which each dead letter says that it is stored, or null. */
    async function storedAt(): Promise<(number | null)[]> {
      const letters = await fixture.deadLetters();
      for (const { STORED_AT, STORED_METADATA } of letters) {
        expect(STORED_AT === null).toBe(STORED_METADATA === null);
      }
      return letters.map(
        ({ STORED_METADATA }) =>
          (parsed(STORED_METADATA as string | null) as { offset: number } | null)?.offset ?? null,
      );
    }

    async function offsets(): Promise<unknown[]> {
      return (await fixture.events()).map(({ metadata }) => metadata['offset']);
    }

    it('is stored, and its letter says when and where', async () => {
      const repository = await failed(one, other, null);
      const from = Date.now() - 60_000;

      expectStored(
        await repository.write(batch({ rows: [row(3), row(4, { redriveId: one })], ranges: [range(3, 5)] })),
      );

      expect(await offsets()).toEqual([3, 4]);
      expect(await storedAt()).toEqual([4, null, null]);
      const [letterRow] = await fixture.deadLetters();
      expect(parsed(letterRow?.['STORED_METADATA'] as string)).toEqual({
        topic: TOPIC,
        partition: 0,
        offset: 4,
      });
      expect(Number(letterRow?.['STORED_AT'])).toBeGreaterThan(from);
    });

    it('is named if it is already stored, and nothing is written', async () => {
      const repository = await failed(one);
      await repository.write(batch({ rows: [row(1, { redriveId: one })], ranges: [range(1, 2)] }));
      const before = await fixture.contents();

      const again = batch({
        rows: [row(2), row(3, { redriveId: one }), row(0, { partition: 1, redriveId: one })],
        ranges: [range(2, 4), range(0, 1, { partition: 1 })],
      });
      expect(await repository.write(again)).toMatchObject({ kind: 'already-stored', indexes: [1, 2] });
      expect(await fixture.contents()).toEqual(before);

      expectStored(
        await repository.write(
          batch({
            rows: [row(2)],
            ranges: [range(2, 4, { skipped: 1 }), range(0, 1, { partition: 1, skipped: 1 })],
          }),
        ),
      );
      expect(await offsets()).toEqual([1, 2]);
      expect(await storedAt()).toEqual([1]);
    });

    it('is stored once if a batch holds it twice', async () => {
      const repository = await failed(one);
      const rows = [row(1, { redriveId: one }), row(2, { redriveId: one })];

      expect(await repository.write(batch({ rows, ranges: [range(1, 3)] }))).toMatchObject({
        kind: 'already-stored',
        indexes: [1],
      });
      expectStored(
        await repository.write(batch({ rows: rows.slice(0, 1), ranges: [range(1, 3, { skipped: 1 })] })),
      );
      expect(await offsets()).toEqual([1]);
    });

    it('marks all dead letters of its message', async () => {
      const repository = await failed(one, one, other);

      await repository.write(batch({ rows: [row(3, { redriveId: one })], ranges: [range(3, 4)] }));

      expect(await storedAt()).toEqual([3, 3, null]);
    });

    it('counts as already stored if only one of its letters says so', async () => {
      const repository = await failed(one, null);
      await repository.write(batch({ rows: [row(2, { redriveId: one })], ranges: [range(2, 3)] }));
      await fixture.warehouse.execute(
        `UPDATE ${SALES_EVENTS_DLQ.name} SET REDRIVE_ID = '${one}' WHERE ERROR_REASON = 'letter 1'`,
      );

      expect(
        await repository.write(batch({ rows: [row(3, { redriveId: one })], ranges: [range(3, 4)] })),
      ).toMatchObject({ kind: 'already-stored', indexes: [0] });
      expect(await storedAt()).toEqual([2, null]);
    });

    it('is stored like any other event if no letter has its id', async () => {
      const repository = await failed(null);

      expectStored(
        await repository.write(
          batch({
            rows: [row(1, { redriveId: other }), row(2, { redriveId: other })],
            ranges: [range(1, 3)],
          }),
        ),
      );
      expect(await offsets()).toEqual([1, 2]);
      expect(await storedAt()).toEqual([null]);
    });

    it('marks nothing if the batch is stale', async () => {
      const repository = await failed(one);
      const late = batch({ rows: [row(5, { redriveId: one })], ranges: [range(5, 6)] });

      expect(await repository.write(late)).toMatchObject({ kind: 'stale', checkpoints: [{ nextOffset: 1 }] });
      expect(await storedAt()).toEqual([null]);
    });

    it('makes a repeated batch stale, not already stored', async () => {
      const repository = await failed(one);
      const once = batch({ rows: [row(1, { redriveId: one })], ranges: [range(1, 2)] });
      expectStored(await repository.write(once));

      expect(await repository.write(once)).toMatchObject({ kind: 'stale', checkpoints: [{ nextOffset: 2 }] });
      expect(await storedAt()).toEqual([1]);
    });

    it('is stored by one of two owners of different partitions', async () => {
      const owners = [await failed(one), await fixture.open()];
      await owners[1]?.claim([{ topic: TOPIC, partition: 1, startOffset: 0 }]);
      const batches = [
        batch({ rows: [row(1, { redriveId: one })], ranges: [range(1, 2)] }),
        batch({ rows: [row(0, { partition: 1, redriveId: one })], ranges: [range(0, 1, { partition: 1 })] }),
      ];

      // Retries after transient faults, as the pipeline does: they say nothing about the batch.
      const kinds = await Promise.all(
        owners.map(async (owner, index) => {
          for (let tries = 1; ; tries++) {
            const result = await owner.write(batches[index] ?? batch({ ranges: [] }));
            if (result.kind !== 'fault' || tries === 50) return result.kind;
          }
        }),
      );

      expect(kinds.sort()).toEqual(['already-stored', 'stored']);
      expect(await fixture.events()).toHaveLength(1);
    });
  });
}
