import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '#warehouse';
import { stored } from './batches.js';
import { expectStored, Fixture, type ContractEngine } from './fixture.js';

export function describeOpening(engine: ContractEngine): void {
  describe('open and close', () => {
    const fixture = new Fixture(engine);

    it('finds no fault with its tables, even the second time', async () => {
      const repository = await fixture.open();
      expect(await repository.open()).toEqual([]);
    });

    it('names every column that is missing or has another type', async () => {
      await (await fixture.open()).close();
      await fixture.warehouse.execute(`ALTER TABLE ${RAW_EVENTS_STREAM.name} DROP COLUMN CUSTOMER_ID`);
      await fixture.warehouse.execute(`ALTER TABLE ${RAW_EVENTS_STREAM.name} DROP COLUMN PRODUCT_ID`);
      await fixture.warehouse.execute(`ALTER TABLE ${RAW_EVENTS_STREAM.name} ADD COLUMN PRODUCT_ID VARCHAR`);
      await fixture.warehouse.execute(`ALTER TABLE ${SALES_EVENTS_DLQ.name} DROP COLUMN VALUE_ENCODING`);

      const faults = await fixture.repository().open();

      expect(faults.map(({ class: kind }) => kind)).toEqual(['setup', 'setup', 'setup']);
      const messages = faults.map(({ message }) => message).sort();
      expect(messages[0]).toMatch(/RAW_EVENTS_STREAM.*CUSTOMER_ID/);
      expect(messages[1]).toMatch(/RAW_EVENTS_STREAM.*PRODUCT_ID.*VARCHAR/);
      expect(messages[2]).toMatch(/SALES_EVENTS_DLQ.*VALUE_ENCODING/);
    });

    it('names or creates a missing table', async () => {
      await (await fixture.open()).close();
      await fixture.warehouse.execute(`DROP TABLE ${SALES_EVENTS_DLQ.name}`);

      const faults = await fixture.repository().open();

      if (faults.length === 0) expect(await fixture.deadLetters()).toEqual([]);
      else
        expect(faults).toMatchObject([
          { class: 'setup', message: expect.stringContaining('_DLQ') as string },
        ]);
    });

    it('can be closed more than once', async () => {
      const repository = await fixture.open();
      await repository.close();
      await expect(repository.close()).resolves.toBeUndefined();
    });

    it('returns a fault for a write after the close, and writes nothing', async () => {
      const repository = await fixture.open();
      await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 0 }]);
      await repository.close();

      expect(await repository.write(stored(0, 2))).toMatchObject({ kind: 'fault' });
      await expect(repository.claim([])).rejects.toThrow('not open');
      expect(await fixture.events()).toEqual([]);
    });

    it('waits for the current write before it closes', async () => {
      const repository = await fixture.open();
      await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 0 }]);

      const [written] = await Promise.all([repository.write(stored(0, 2)), repository.close()]);

      expectStored(written);
      expect(await fixture.events()).toHaveLength(2);
    });
  });
}
