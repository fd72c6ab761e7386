import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { SnowflakeSession } from './snowflake-session.js';

describe('the number of rows that a statement changed', () => {
  let endpoint: SnowflakeEndpoint;
  let session: SnowflakeSession;
  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
    const { options } = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    session = await SnowflakeSession.open(options);
    await session.execute('CREATE TEMPORARY TABLE T (A INTEGER)');
  });
  afterEach(async () => {
    await session.end();
    await endpoint.close();
  });

  it.each([
    ['INSERT INTO T SELECT 1', 1],
    // The driver does not know its type.
    ['INSERT OVERWRITE INTO T SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3', 3],
    ['UPDATE T SET A = 5 WHERE A > 5', 0],
    ['COMMIT', 0],
  ])('is returned for %s', async (sql, changed) => {
    expect(await session.execute(sql)).toBe(changed);
  });
});

describe('the look for stored offsets of a partition without a checkpoint', () => {
  it('may take longer than the time-outs of the session', async () => {
    const endpoint = await SnowflakeEndpoint.start({ inProgressAfterMs: 100 });
    const warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url, requestTimeoutMs: 4_000 });
    const repository = warehouse.repository('ingestion');
    try {
      expect(await repository.open()).toEqual([]);
      const look = { on: 'select RAW_EVENTS_STREAM', kind: 'delay', ms: 9_000, point: 'during' } as const;
      const slow = endpoint.addFault(look);
      expect(await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 5 }])).toMatchObject(
        [{ nextOffset: 5 }],
      );
      expect(slow.struck).toBe(1);
      const timeouts = endpoint.sessions.map(({ parameters }) => parameters['STATEMENT_TIMEOUT_IN_SECONDS']);
      expect(timeouts).toEqual([String(warehouse.options.statementTimeoutSeconds)]);
    } finally {
      await repository.close();
      await endpoint.close();
    }
  });
});
