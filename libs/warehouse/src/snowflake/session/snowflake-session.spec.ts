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
