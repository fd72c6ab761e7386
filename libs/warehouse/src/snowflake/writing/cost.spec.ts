import { jest } from '@jest/globals';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse, stopClocks, stored } from '#testing/warehouse-contract';

/** Size of a staged row of the contract's batches. */
const ROW_BYTES = 170;

/**
 * The basis of the estimates in docs/performance.md and docs/snowflake.md: a batch takes the insert, the lock, the
 * compare-and-set and COMMIT, and one staging statement for each bind that its rows fill.
 */
describe('the statements of a batch', () => {
  let endpoint: SnowflakeEndpoint;
  beforeEach(async () => {
    stopClocks();
    endpoint = await SnowflakeEndpoint.start({ countOnly: ['RAW_EVENTS_STREAM'] });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await endpoint.close();
  });

  const executed = () => [...endpoint.journal.executed.values()].reduce((sum, count) => sum + count, 0);

  it.each([
    [1, 15_728_640, 5],
    [100, 15_728_640, 5],
    [5_000, 15_728_640, 5],
    [5_000, 250_000, 8],
    [5_000, 100_000, 13],
  ])('for %i events in binds of at most %i bytes are %i', async (events, maxBindBytes, statements) => {
    expect(4 + Math.ceil((events * ROW_BYTES) / maxBindBytes)).toBe(statements);
    const warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url, maxBindBytes });
    const repository = warehouse.repository('ingestion');
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 0 }]);
    const before = executed();
    expect(await repository.write(stored(0, events))).toMatchObject({ kind: 'stored' });
    expect(executed() - before).toBe(statements);
    await repository.close();
  });
});
