import { randomUUID } from 'node:crypto';
import type { EventRepository } from '#pipeline';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '#warehouse';
import { batch, letter, range, row, stored, TOPIC } from './batches.js';
import { expectStored, Fixture, type ContractEngine } from './fixture.js';

/** What the tables have lost below the checkpoints is written again, once. */
export function describeRestoring(engine: ContractEngine): void {
  describe('restore', () => {
    const fixture = new Fixture(engine);

    /** Settles five offsets: three events, a dead letter and a tombstone. */
    const settled = () =>
      batch({
        rows: [row(0), row(1), row(2)],
        deadLetters: [letter(3)],
        ranges: [range(0, 5, { deadLettered: 1, skipped: 1 })],
      });

    async function written(): Promise<EventRepository> {
      const repository = await fixture.open();
      await repository.claim([0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
      expectStored(await repository.write(settled()));
      return repository;
    }

    const emptied = async () => {
      await fixture.warehouse.execute(`DELETE FROM ${RAW_EVENTS_STREAM.name}`);
      await fixture.warehouse.execute(`DELETE FROM ${SALES_EVENTS_DLQ.name}`);
    };
    /** All tables, without the time of the insert. */
    const contents = async () => {
      const { events, deadLetters, checkpoints } = await fixture.contents();
      return JSON.stringify({ events, deadLetters, checkpoints }, (name, value: unknown) =>
        name === 'INGESTION_TIME' ? undefined : value,
      );
    };
    const offsets = async () => (await fixture.events()).map(({ metadata }) => metadata['offset']);

    it('writes what the tables have lost, leaves out what they hold, and moves no checkpoint', async () => {
      await written();
      const before = await contents();
      await fixture.warehouse.execute(`DELETE FROM ${SALES_EVENTS_DLQ.name}`);
      const restorer = await fixture.restorer();
      expect(await restorer.restore(settled())).toEqual({ kind: 'restored', rows: 0, deadLetters: 1 });
      await restorer.close();
      expect(await contents()).toBe(before);

      await emptied();
      const again = await fixture.restorer();
      expect(await again.restore(stored(1, 2))).toEqual({ kind: 'restored', rows: 1, deadLetters: 0 });
      expect(await again.restore(settled())).toEqual({ kind: 'restored', rows: 2, deadLetters: 1 });
      expect(await again.restore(settled())).toEqual({ kind: 'restored', rows: 0, deadLetters: 0 });
      expect(await contents()).toBe(before);
    });

    it('leaves out an offset that has a dead letter, whatever the record would be today', async () => {
      await written();
      const restorer = await fixture.restorer();
      expect(await restorer.restore(stored(3, 4))).toEqual({ kind: 'restored', rows: 0, deadLetters: 0 });
      expect(await offsets()).toEqual([0, 1, 2]);
    });

    it('of two restorers lets only the one that began last write', async () => {
      await written();
      await emptied();
      const first = await fixture.restorer();
      expect(await first.restore(stored(0, 1))).toMatchObject({ kind: 'restored', rows: 1 });
      const second = await fixture.restorer();
      const [replaced, restored] = await Promise.all([first.restore(settled()), second.restore(settled())]);
      expect(replaced).toMatchObject({ kind: 'fault', fault: { class: 'setup', code: 'RESTORER_REPLACED' } });
      // DuckDB lets one of two transactions on the same row fail.
      if (restored.kind === 'fault') expect(restored.fault.class).toBe('transient');
      expect(await second.restore(settled())).toMatchObject({ kind: 'restored' });
      expect(await offsets()).toEqual([0, 1, 2]);
      expect(await fixture.deadLetters()).toHaveLength(1);
    });

    it('goes on beside the owner of the partition, which writes above its checkpoint', async () => {
      const repository = await written();
      await emptied();
      const restorer = await fixture.restorer();
      const [own] = await Promise.all([repository.write(stored(5, 8)), restorer.restore(settled())]);
      if (own.kind !== 'stored') expectStored(await repository.write(stored(5, 8)));
      await restorer.restore(settled());
      expect(await offsets()).toEqual([0, 1, 2, 5, 6, 7]);
      expect(await fixture.checkpoints()).toMatchObject([{ NEXT_OFFSET: 8 }, { NEXT_OFFSET: 0 }]);
    });

    it('names the rows that the engine refuses, and writes nothing of their batch', async () => {
      if (engine.refusedContent === null) return;
      await written();
      await emptied();
      const restorer = await fixture.restorer();
      await restorer.restore(stored(0, 1));
      const refused = batch({
        rows: [row(0), row(1), row(2, { content: engine.refusedContent })],
        ranges: [range(0, 3)],
      });
      expect(await restorer.restore(refused)).toMatchObject({ kind: 'rejected', rows: [{ index: 2 }] });
      expect(await offsets()).toEqual([0]);
    });

    it('names a redriven message that is stored at another offset, and records where it restores one', async () => {
      const redriveId = randomUUID();
      const repository = await written();
      await fixture.warehouse.execute(`UPDATE ${SALES_EVENTS_DLQ.name} SET REDRIVE_ID = '${redriveId}'`);
      const redriven = (offset: number) =>
        batch({ rows: [row(offset, { redriveId })], ranges: [range(offset, offset + 1)] });
      expectStored(await repository.write(redriven(5)));
      const before = await contents();
      await fixture.warehouse.execute(`DELETE FROM ${RAW_EVENTS_STREAM.name}`);
      const restorer = await fixture.restorer();
      const both = batch({ rows: [row(0), row(4, { redriveId })], ranges: [range(0, 5)] });
      expect(await restorer.restore(both)).toEqual({ kind: 'already-stored', indexes: [1] });
      expect(await restorer.restore(redriven(5))).toMatchObject({ kind: 'restored', rows: 1 });
      await restorer.restore(stored(0, 3));
      expect(await contents()).toBe(before);
    });
  });
}
