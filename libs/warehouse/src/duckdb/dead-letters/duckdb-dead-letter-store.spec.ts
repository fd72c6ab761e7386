import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describeDeadLetterStoreContract, DuckDbWarehouse } from '#testing/warehouse-contract';
import { ANY_DEAD_LETTER } from '../../dead-letters/dead-letter-store.js';
import { SALES_EVENTS_DLQ, DEAD_LETTER_ACTIONS } from '../../tables.js';
import { DuckDbDeadLetterStore } from './duckdb-dead-letter-store.js';

describeDeadLetterStoreContract('DuckDB', { start: () => DuckDbWarehouse.start() });

describe('the dead letters of a DuckDB file', () => {
  let warehouse: DuckDbWarehouse;
  beforeEach(async () => {
    warehouse = await DuckDbWarehouse.start();
  });
  afterEach(() => warehouse.close());

  it('are refused if there is no file, and none is created', async () => {
    const path = join(warehouse.path, '..', 'missing.duckdb');

    expect(await new DuckDbDeadLetterStore({ path }).open()).toMatchObject([
      { class: 'setup', code: 'DUCKDB_NO_FILE', message: `There is no DuckDB file ${path}` },
    ]);
    await expect(access(path)).rejects.toThrow('ENOENT');
  });

  it('are read from a file without the columns and the table for redrives and resolutions', async () => {
    const repository = warehouse.repository('ingestion');
    await repository.open();
    await repository.close();
    for (const column of SALES_EVENTS_DLQ.columns.filter((one) => 'filledLater' in one)) {
      await warehouse.execute(`ALTER TABLE ${SALES_EVENTS_DLQ.name} DROP COLUMN ${column.name}`);
    }
    await warehouse.execute(`DROP TABLE ${DEAD_LETTER_ACTIONS.name}`);

    const store = warehouse.deadLetters();
    expect(await store.open()).toEqual([]);
    expect(await store.find(ANY_DEAD_LETTER)).toEqual([]);
    await store.close();
  });
});
