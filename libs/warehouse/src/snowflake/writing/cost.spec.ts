import { jest } from '@jest/globals';
import { DEFAULT_MAX_BIND_BYTES } from '../session/snowflake-session.js';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { batch, range, row, SnowflakeWarehouse, stopClocks } from '#testing/warehouse-contract';
import { Traffic } from '#traffic';

/**
 * The basis of the estimates in docs/performance.md and docs/snowflake.md: a batch takes the insert, the lock, the
 * compare-and-set and COMMIT, and one staging statement for each bind that its rows fill, except the last of several, which
 * goes with the insert.
 */
describe('the statements of a batch of generated events', () => {
  let nowMs = Date.UTC(2026, 0, 1);
  const now = () => (nowMs += 37);
  const traffic = new Traffic({ seed: 1, now, shares: { bad: 0, tombstones: 0, unknown: 0 } });
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
    [1, 5],
    [100, 5],
    [5_000, 5],
    [10_000, 5],
    [20_000, 5],
    [50_000, 8],
  ])('for %i events are %i', async (events, statements) => {
    const warehouse = await SnowflakeWarehouse.start({
      accessUrl: endpoint.url,
      maxBindBytes: DEFAULT_MAX_BIND_BYTES,
    });
    const repository = warehouse.repository('ingestion');
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 0 }]);
    const rows = Array.from({ length: events }, (_, offset) =>
      row(offset, { content: traffic.next().value?.toString() ?? '' }),
    );
    const before = executed();
    expect(await repository.write(batch({ rows, ranges: [range(0, events)] }))).toMatchObject({
      kind: 'stored',
    });
    expect(executed() - before).toBe(statements);
    await repository.close();
  });
});
