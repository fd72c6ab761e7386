import { controlPaths } from './control.js';
import { connect, disconnect, execute } from './driver.js';
import { SnowflakeEndpoint } from './endpoint.js';
import { StreamingClient } from './streaming/streaming-client.js';

let endpoint: SnowflakeEndpoint;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start({ countOnly: ['COUNTED'] }, controlPaths);
});

afterEach(() => endpoint.close());

const ask = async (method: string, path: string, body?: string) =>
  fetch(endpoint.url + path, { method, ...(body === undefined ? {} : { body }) });

describe('an endpoint that runs as a process', () => {
  it('is set up, observed and read through its control paths', async () => {
    await ask('POST', '/__run', 'CREATE TABLE KEPT (ID NUMBER)');
    await ask('POST', '/__run', 'CREATE TABLE COUNTED (ID NUMBER)');
    const connection = await connect(endpoint.url);
    await execute(connection, 'INSERT INTO KEPT VALUES (1), (2)');
    await execute(connection, 'INSERT INTO COUNTED SELECT ID FROM KEPT');
    await disconnect(connection);

    expect(await (await ask('GET', '/__stats')).json()).toMatchObject({
      executed: { 'insert KEPT': 1, 'insert COUNTED': 1 },
      rows: { KEPT: 2, COUNTED: 2 },
      sessions: 0,
      unknown: [],
    });
    expect(await (await ask('GET', '/__table?name=KEPT')).text()).toBe('{"ID":1}\n{"ID":2}\n');
    expect(endpoint.table('COUNTED')).toEqual([]);
    const journal = (await (await ask('GET', '/__journal?from=1')).json()) as { name: string }[];
    expect(journal.map(({ name }) => name)).toEqual(['insert KEPT', 'insert COUNTED', 'delete-session']);
  });

  it('accepts faults and settings', async () => {
    const error = { kind: 'sql-error', code: '000603', sqlState: 'XX000', message: 'no' };
    await ask('POST', '/__faults', JSON.stringify({ on: 'select', ...error }));
    await ask('POST', '/__settings', JSON.stringify({ warehouseState: 'over-quota' }));
    await ask('POST', '/__run', 'CREATE TABLE KEPT (ID NUMBER)');
    const connection = await connect(endpoint.url);
    await expect(execute(connection, 'SELECT 1')).rejects.toMatchObject({ code: '000603' });
    await expect(execute(connection, 'SELECT * FROM KEPT')).rejects.toMatchObject({ code: '090073' });
    await disconnect(connection);
  });

  it('counts what Snowpipe Streaming writes to a table that is only counted', async () => {
    await ask('POST', '/__run', 'CREATE TABLE COUNTED (ID NUMBER)');
    const client = new StreamingClient(endpoint.url, 'COUNTED-STREAMING');
    await client.open('a');
    await client.append('a', [{ ID: 1 }, { ID: 2 }], { endOffsetToken: '2' });
    await ask('POST', '/__streaming/commit');

    expect(await (await ask('GET', '/__stats')).json()).toMatchObject({ rows: { COUNTED: 2 } });
    expect(endpoint.table('COUNTED')).toEqual([]);
    expect(endpoint.streaming.channels).toMatchObject([{ inserted: 2, committedOffsetToken: '2' }]);
  });

  it('lets Snowpipe Streaming withhold, commit and lose rows', async () => {
    await ask('POST', '/__run', 'CREATE TABLE KEPT (ID NUMBER)');
    const client = new StreamingClient(endpoint.url, 'KEPT-STREAMING');
    await client.open('a');
    await ask('POST', '/__streaming', JSON.stringify({ commitDelayMs: null }));
    await client.append('a', [{ ID: 1 }], { endOffsetToken: '1' });
    const channel = { pipe: 'KEPT-STREAMING', name: 'a', table: 'KEPT', pendingRows: 1 };
    expect(await (await ask('GET', '/__streaming')).json()).toMatchObject({
      channels: [channel],
      billedBytes: 9,
    });
    await ask('POST', '/__streaming/commit');
    await client.append('a', [{ ID: 2 }]);
    await ask('POST', '/__streaming/invalidate?channel=a');
    expect(endpoint.table('KEPT')).toEqual([{ ID: 1 }]);
    expect(endpoint.streaming.channels).toMatchObject([{ committedOffsetToken: '1', discarded: 1 }]);
    await ask('POST', '/__streaming/expire');
  });

  it('reports what it cannot do', async () => {
    const refused = await ask('POST', '/__run', 'FROBNICATE');
    expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('FROBNICATE')]);
    expect((await ask('GET', '/__nothing')).status).toBe(404);
  });
});
