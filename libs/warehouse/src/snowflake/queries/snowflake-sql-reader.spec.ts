import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import type { QueryRow } from '../../queries/sql-reader.js';
import { SnowflakeSqlReader } from './snowflake-sql-reader.js';

describe('queries on Snowflake', () => {
  let endpoint: SnowflakeEndpoint;
  let reader: SnowflakeSqlReader;

  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
    const { options } = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    reader = new SnowflakeSqlReader(options);
    expect(await reader.open()).toEqual([]);
  });
  afterEach(async () => {
    await reader.close();
    await endpoint.close();
  });

  async function ask(sql: string) {
    const { columns, rows } = await reader.query(sql, new AbortController().signal);
    const found: QueryRow[] = [];
    for await (const row of rows) found.push(row);
    return { columns, rows: found };
  }

  it('return values as text, with the kind of each column', async () => {
    expect(
      await ask(
        "SELECT COUNT(*) AS N, 9007199254740993 AS BIG, NULL AS NOTHING, 'b' AS BIG FROM RAW_EVENTS_STREAM",
      ),
    ).toMatchObject({
      columns: [{ name: 'N', kind: 'number' }, { name: 'BIG' }, {}, { name: 'BIG' }],
      rows: [['0', '9007199254740993', null, 'b']],
    });
  });

  it('are refused if they may change something, before anything is sent', async () => {
    await expect(ask('DELETE FROM RAW_EVENTS_STREAM')).rejects.toMatchObject({
      fault: { code: 'NOT_READ_ONLY' },
    });
  });

  it("report a wrong statement in Snowflake's words, and the next one works", async () => {
    await expect(ask('SELECT NO_SUCH FROM RAW_EVENTS_STREAM')).rejects.toThrow(/NO_SUCH/);
    expect((await ask('SELECT COUNT(*) AS N FROM RAW_EVENTS_STREAM')).rows).toEqual([['0']]);
  });
});
