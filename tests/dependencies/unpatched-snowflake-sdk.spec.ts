import { readFile, rename, writeFile } from 'node:fs/promises';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { AlteredDependency } from '../support/altered-dependency.js';

/** Logs in and runs a statement through the warehouse's own session. */
const QUERY = `
  const { createConnection } = await import('./dist/libs/warehouse/src/snowflake/snowflake-sdk-3.3.0/driver.js');
  const options = {
    account: 'testaccount', accessUrl: process.env.ENDPOINT, username: 'ingester', password: 'secret',
    warehouse: 'INGEST_WH', database: 'CAVES_ALBERT', schema: 'RAW_DATA', sfRetryMaxLoginRetries: 0,
  };
  const connection = await createConnection(options);
  // A second connection must not warn again.
  await createConnection(options);
  const promised = (call) => new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));
  await promised((done) => connection.connect(done));
  const rows = await promised((done) => connection.execute({
    sqlText: 'SELECT ? AS SAMPLE', binds: ['text'], complete: (error, _, rows) => done(error, rows),
  }));
  await promised((done) => connection.destroy(done));
  report(rows);`;

describe('an unpatchable Snowflake driver runs statements as published, with one warning,', () => {
  let driver: AlteredDependency;
  let endpoint: SnowflakeEndpoint;
  beforeAll(async () => {
    driver = await AlteredDependency.of('snowflake-sdk');
    endpoint = await SnowflakeEndpoint.start();
  });
  beforeEach(() => driver.restore());
  afterAll(async () => {
    await endpoint.close();
    await driver.remove();
  });

  async function expectRows(script: string, warnings: unknown[]): Promise<void> {
    const ran = await driver.run(script, { ENDPOINT: endpoint.url });
    expect(ran).toEqual({ report: [{ SAMPLE: 'text' }], warnings });
  }

  it('if its version is another one', async () => {
    const manifest = driver.path('package.json');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace('"version": "3.3.0"', '"version": "3.4.0"'));
    await expectRows(QUERY, [expect.stringContaining('snowflake-sdk 3.4.0 in ')]);
  });

  it('if the patched class is in another file', async () => {
    await rename(driver.path('dist/lib/http/base.js'), driver.path('dist/lib/http/client.js'));
    const user = driver.path('dist/lib/http/node_untyped.js');
    await writeFile(user, (await readFile(user, 'utf8')).replace("'./base'", "'./client'"));
    await expectRows(QUERY, [expect.stringContaining('lacks snowflake-sdk/dist/lib/http/base.js')]);
  });

  it('if it was loaded before', async () => {
    await expectRows(`require('snowflake-sdk');${QUERY}`, [
      expect.stringContaining('snowflake-sdk/dist/lib/http/base.js of snowflake-sdk 3.3.0'),
    ]);
  });

  it('but without a warning as installed', async () => {
    await expectRows(QUERY, []);
  });
});
