import { SnowflakeEndpoint, SQL_ERRORS } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { chooseListBinding, PLAIN } from './list-binding.js';
import { SnowflakeSession } from '../session/snowflake-session.js';

let endpoint: SnowflakeEndpoint;
let session: SnowflakeSession;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start();
  const { options } = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
  session = await SnowflakeSession.open(options);
});
afterEach(async () => {
  await session.end();
  await endpoint.close();
});

describe('a long list in a bind', () => {
  it('is compressed to a fraction of its size if the server can decompress it, and arrives unchanged', async () => {
    const { sql, begin } = await chooseListBinding(session);
    const list = JSON.stringify(
      Array.from({ length: 2_000 }, (_, index) => [index, 'Rosé 🍷', '{"a": "\\u2013"}']),
    );
    const text = begin();
    // The pieces do not end at character boundaries.
    const bytes = Buffer.from(list);
    for (let at = 0; at < bytes.length; at += 1_001) await text.add(bytes.subarray(at, at + 1_001));
    const bind = await text.end();
    expect(bind.length).toBeLessThan(list.length / 3);
    expect(await session.query(`SELECT ${sql}[0]::VARCHAR AS LIST`, [bind])).toEqual([{ LIST: list }]);
  });

  it('is plain if the server does not support the method', async () => {
    endpoint.addFault({
      on: 'select',
      kind: 'sql-error',
      ...SQL_ERRORS.compilation,
      message: 'Unknown function',
    });
    expect(await chooseListBinding(session)).toBe(PLAIN);
  });

  it('is left undecided by a session that was lost', async () => {
    endpoint.addFault({ on: 'select', kind: 'reset' });
    await expect(chooseListBinding(session)).rejects.toMatchObject({ isAnswer: false });
  });
});
