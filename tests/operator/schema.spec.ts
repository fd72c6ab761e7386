import { join } from 'node:path';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { REPOSITORY_ROOT } from '#testing';
import { answerOf, operator } from './operator.js';

const TABLES = ['RAW_EVENTS_STREAM', 'SALES_EVENTS_DLQ', 'DEAD_LETTER_ACTIONS', 'INGESTION_CHECKPOINTS'];

describe('the schema', () => {
  let endpoint: SnowflakeEndpoint;
  let env: Record<string, string>;

  beforeAll(async () => {
    endpoint = await SnowflakeEndpoint.start();
    env = {
      SNOWFLAKE_ACCOUNT: 'testaccount',
      SNOWFLAKE_ACCESS_URL: endpoint.url,
      SNOWFLAKE_USER: 'OWNER',
      SNOWFLAKE_PASSWORD: 'secret',
      SNOWFLAKE_WAREHOUSE: 'INGEST_WH',
      SNOWFLAKE_DATABASE: 'CAVES_ALBERT',
    };
  });
  afterAll(() => endpoint.close());

  it('is printed as SQL without any connection', async () => {
    const nowhere = { ...env, SNOWFLAKE_ACCESS_URL: 'http://127.0.0.1:1' };
    const { code, stdout, stderr } = await operator(nowhere, 'schema', 'plan', '--grant-to', 'INGESTER_ROLE');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const table of TABLES) {
      expect(stdout).toContain(`CREATE TABLE IF NOT EXISTS CAVES_ALBERT.RAW_DATA.${table} (`);
    }
    expect(stdout).toContain(
      'GRANT SELECT, INSERT ON TABLE CAVES_ALBERT.RAW_DATA.RAW_EVENTS_STREAM TO ROLE INGESTER_ROLE;',
    );
    const { steps } = await answerOf<{ steps: { sql: string }[] }>(nowhere, 'schema', 'plan');
    expect(steps.filter(({ sql }) => sql.startsWith('GRANT'))).toEqual([]);
    expect(steps.every(({ sql }) => stdout.includes(sql))).toBe(true);
  });

  it('is created, and applying it again changes nothing', async () => {
    const first = await operator(env, 'schema', 'apply', '--grant-to', 'INGESTER_ROLE');
    const second = await answerOf<{ applied: { what: string }[] }>(env, 'schema', 'apply');

    expect(first).toMatchObject({ code: 0, stderr: '' });
    for (const table of TABLES) expect(first.stdout).toContain(`done  the table ${table}`);
    expect(second.applied.map(({ what }) => what)).toContain('the table RAW_EVENTS_STREAM');
    expect(endpoint.table('RAW_EVENTS_STREAM')).toEqual([]);
    // The lock row exists once.
    expect(endpoint.table('INGESTION_CHECKPOINTS')).toHaveLength(1);
    expect(endpoint.journal.unknown).toEqual([]);
  });

  it('has the requested number of checkpoint tables, and drops none', async () => {
    const role = ['--grant-to', 'INGESTER_ROLE'];
    const more = await operator(env, 'schema', 'apply', '--checkpoint-tables', '4', ...role);
    const fewer = await operator(env, 'schema', 'apply', '--checkpoint-tables', '2', ...role);
    const { stdout } = await operator(env, 'schema', 'plan', '--checkpoint-tables', '4', ...role);

    expect([more, fewer]).toMatchObject([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    for (const table of [2, 3, 4].map((number) => `INGESTION_CHECKPOINTS_${number}`)) {
      expect(more.stdout).toContain(`done  the table ${table}`);
      // The lock row.
      expect(endpoint.table(table)).toMatchObject([{ CONSUMER_GROUP: '', PARTITION: -1 }]);
      expect(stdout).toContain(
        `GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE CAVES_ALBERT.RAW_DATA.${table} TO ROLE INGESTER_ROLE;`,
      );
    }
    expect(stdout).toContain('UPDATE, DELETE ON TABLE CAVES_ALBERT.RAW_DATA.INGESTION_CHECKPOINTS TO ROLE');
    expect((await operator(env, 'schema', 'plan', ...role)).stdout).not.toMatch(/DELETE|CHECKPOINTS_2/);
    expect(await operator(env, 'schema', 'plan', '--checkpoint-tables', '0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--checkpoint-tables is "0"; expected a whole number from 1 to 99'),
    });
  });

  it('keeps checkpoints in a hybrid table if it is told to, and back in standard tables', async () => {
    const role = ['--grant-to', 'INGESTER_ROLE'];
    const tables = () => endpoint.tables.filter((name) => name.startsWith('INGESTION_CHECKPOINTS'));
    const { stdout } = await operator(env, 'schema', 'plan', '--checkpoints', 'hybrid', ...role);
    expect(stdout).toContain(
      'CREATE HYBRID TABLE IF NOT EXISTS CAVES_ALBERT.RAW_DATA.INGESTION_CHECKPOINTS_HYBRID (',
    );
    expect(stdout).toContain(
      '-- the end of the table INGESTION_CHECKPOINTS, only if INGESTION_CHECKPOINTS is a table\n',
    );
    expect(stdout).toContain(
      'GRANT SELECT, INSERT, UPDATE ON TABLE CAVES_ALBERT.RAW_DATA.INGESTION_CHECKPOINTS_HYBRID TO ROLE INGESTER_ROLE;',
    );

    endpoint.hybridTables = false;
    const refused = await operator(env, 'schema', 'apply', '--checkpoints', 'hybrid', ...role);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('not on Google Cloud') });
    expect(tables()).toContain('INGESTION_CHECKPOINTS');
    endpoint.hybridTables = true;

    const there = await operator(env, 'schema', 'apply', '--checkpoints', 'hybrid', ...role);
    expect(there).toMatchObject({ code: 0, stderr: '' });
    expect(there.stdout).toContain('done  the move of the checkpoints');
    expect(tables()).toEqual(['INGESTION_CHECKPOINTS_HYBRID']);
    expect(await operator(env, 'schema', 'apply', ...role)).toMatchObject({ code: 0, stderr: '' });
    expect(tables()).toEqual(['INGESTION_CHECKPOINTS_HYBRID']);

    const back = await operator(env, 'schema', 'apply', '--checkpoints', 'standard', ...role);
    expect(back).toMatchObject({ code: 0, stderr: '' });
    expect(tables()).toEqual(['INGESTION_CHECKPOINTS']);

    const both = await operator(env, 'schema', 'plan', '--checkpoints', 'hybrid', '--checkpoint-tables', '4');
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('replaces all other tables') });
    const duckdb = { WAREHOUSE: 'duckdb', DUCKDB_PATH: '/nowhere/file.duckdb' };
    expect(await operator(duckdb, 'schema', 'apply', '--checkpoints', 'hybrid')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('only Snowflake has hybrid tables'),
    });
  });

  it('fails with advice if it cannot be created', async () => {
    const nowhere = await operator({ ...env, SNOWFLAKE_ACCESS_URL: 'http://127.0.0.1:1' }, 'schema', 'apply');
    const role = await operator(env, 'schema', 'plan', '--grant-to', 'A B');

    expect(nowhere).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Snowflake: ') });
    expect(nowhere.stderr).not.toMatch(/^ +at /m);
    expect(role).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"A B" is not a valid Snowflake name'),
    });
  });

  it('creates the views for analysts after the tables, from a given folder', async () => {
    const nowhere = { ...env, SNOWFLAKE_ACCESS_URL: 'http://127.0.0.1:1' };
    const views = join(REPOSITORY_ROOT, 'analytics');
    const { stdout } = await operator(nowhere, 'schema', 'plan', '--analytics', views);
    const without = await operator(nowhere, 'schema', 'plan');
    const empty = await operator(nowhere, 'schema', 'plan', '--analytics', join(views, 'none'));
    const none = await operator(nowhere, 'schema', 'plan', '--analytics', import.meta.dirname);
    const own = await operator(nowhere, 'schema', 'plan', '--analytics');

    expect(stdout.startsWith(without.stdout.trimEnd())).toBe(true);
    const created = [...stdout.matchAll(/^(USE SCHEMA|CREATE OR REPLACE VIEW) (\S+)/gm)].map(
      ([, , name]) => name,
    );
    expect(created.slice(0, 4)).toEqual([
      'CAVES_ALBERT.RAW_DATA.ORDER_ANALYTICS',
      'CAVES_ALBERT.RAW_DATA;',
      'DELIVERED_EVENTS',
      'ORDER_LINES',
    ]);
    expect(own.stdout).toBe(stdout);
    expect(stdout).not.toContain(';;');
    expect(empty).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--analytics: ENOENT'),
    });
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('there are no .sql files in') });
  });

  it('needs nothing but the views with DuckDB', async () => {
    for (const command of ['plan', 'apply']) {
      const answer = await operator(
        { WAREHOUSE: 'duckdb', DUCKDB_PATH: '/nowhere/file.duckdb' },
        'schema',
        command,
      );
      expect(answer).toMatchObject({
        code: 0,
        stdout: '',
        stderr: expect.stringContaining('there is nothing to do'),
      });
    }
  });
});
