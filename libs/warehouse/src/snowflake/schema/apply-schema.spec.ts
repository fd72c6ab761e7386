import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { applySchema } from './apply-schema.js';

describe('applying the schema again', () => {
  let endpoint: SnowflakeEndpoint;
  let warehouse: SnowflakeWarehouse;
  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
    warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    endpoint.journal.clear();
  });
  afterEach(() => endpoint.close());

  const altered = () =>
    endpoint.journal.entries.map(({ name }) => name).filter((name) => name.startsWith('alter table'));

  it('alters no table that lacks nothing', async () => {
    await applySchema(warehouse.options, warehouse.options);
    expect(altered()).toEqual([]);
  });

  it('adds the one column that is missing', async () => {
    await endpoint.run('ALTER TABLE SALES_EVENTS_DLQ DROP COLUMN RESOLUTION');
    await applySchema(warehouse.options, warehouse.options);
    expect(altered()).toEqual(['alter table SALES_EVENTS_DLQ']);
    expect(await endpoint.run('SELECT RESOLUTION FROM SALES_EVENTS_DLQ')).toEqual([]);
    endpoint.journal.clear();
    await applySchema(warehouse.options, warehouse.options);
    expect(altered()).toEqual([]);
  });
});
