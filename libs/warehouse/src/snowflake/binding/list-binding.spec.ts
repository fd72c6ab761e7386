import { SnowflakeEndpoint, SQL_ERRORS } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '../../../../testing/src/warehouse-contract/snowflake-warehouse.js';
import { chooseListBind, PLAIN } from './list-binding.js';
import { Session } from '../session/session.js';

let endpoint: SnowflakeEndpoint;
let session: Session;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start();
  const { options } = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
  session = await Session.open(options);
});
afterEach(async () => {
  await session.end();
  await endpoint.close();
});

describe('a long list in a bind', () => {
  it('is a fraction of its size where the server opens what we compress, and comes out as it was', async () => {
    const { sql, begin } = await chooseListBind(session);
    const list = JSON.stringify(
      Array.from({ length: 2_000 }, (_, index) => [index, 'Rosé 🍷', '{"a": "\\u2013"}']),
    );
    const text = begin();
    // Not cut where characters end.
    const bytes = Buffer.from(list);
    for (let at = 0; at < bytes.length; at += 1_001) await text.add(bytes.subarray(at, at + 1_001));
    const bind = await text.end();
    expect(bind.length).toBeLessThan(list.length / 3);
    expect(await session.query(`SELECT ${sql}[0]::VARCHAR AS LIST`, [bind])).toEqual([{ LIST: list }]);
  });

  it('is compressed in another way where the server does not know the best', async () => {
    endpoint.addFault({
      on: 'select',
      kind: 'sql-error',
      ...SQL_ERRORS.compilation,
      message: 'Invalid method',
    });
    expect((await chooseListBind(session)).sql).toContain('SNAPPY');
  });

  it('is plain where the server knows none', async () => {
    endpoint.addFault({
      on: 'select',
      times: 2,
      kind: 'sql-error',
      ...SQL_ERRORS.compilation,
      message: 'Unknown function',
    });
    expect(await chooseListBind(session)).toBe(PLAIN);
  });

  it('is not decided by a session that was lost', async () => {
    endpoint.addFault({ on: 'select', kind: 'reset' });
    await expect(chooseListBind(session)).rejects.toMatchObject({ isAnswer: false });
  });
});
