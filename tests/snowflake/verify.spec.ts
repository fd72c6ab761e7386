import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { eventually } from '#testing';
import { operator, startOperator } from '../operator/operator.js';

function environment(accessUrl: string): Record<string, string> {
  return {
    SNOWFLAKE_ACCOUNT: 'testaccount',
    SNOWFLAKE_ACCESS_URL: accessUrl,
    SNOWFLAKE_USER: 'OWNER',
    SNOWFLAKE_TOKEN: 'secret',
    SNOWFLAKE_WAREHOUSE: 'INGEST_WH',
    SNOWFLAKE_DATABASE: 'CAVES_ALBERT',
  };
}

describe('operator verify-snowflake', () => {
  let endpoint: SnowflakeEndpoint;
  let env: Record<string, string>;

  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start({ unparseable: (text) => text.includes('漢字') });
    env = environment(endpoint.url);
  });
  afterEach(async () => {
    expect([endpoint.schemas, endpoint.sessions]).toEqual([['RAW_DATA'], []]);
    await endpoint.close();
  });

  it('reports each claim with its result, and exits with 0 if all hold', async () => {
    const { code, stdout } = await operator(
      env,
      'verify-snowflake',
      '--emulator',
      'endpoint',
      '--only',
      'COMMIT',
    );
    expect(stdout).toContain(
      '✓ COMMIT and ROLLBACK without a transaction succeed\n    both: COMMIT proves nothing',
    );
    expect(stdout).toMatch(/\n3 hold, 0 broken, 0 not tried, 0 not supported by this server\.\n$/);
    expect(code).toBe(0);
  });

  it('exits with 1 if one is broken', async () => {
    const { code, stdout } = await operator(env, 'verify-snowflake', '--only', 'any script');
    expect(stdout).toContain('✗ Text of any script is kept');
    expect(code).toBe(1);
  });

  it('says what a broken claim about Snowpipe Streaming means, and what to do', async () => {
    endpoint.streaming.refuses = () => 'refused';
    const { code, stdout } = await operator(env, 'verify-snowflake', '--streaming', '--only', 'not later');
    expect(stdout).toContain('✗ A refused row is counted');
    expect(stdout).toContain('run `operator verify` daily');
    expect(code).toBe(1);
  });

  it('drops what it created if it is interrupted, and exits with 1', async () => {
    const run = startOperator(env, 'verify-snowflake', '--emulator', 'endpoint');
    await eventually(() => run.answer.stdout.includes('✓'), { timeoutMs: 60_000 });
    run.interrupt();
    expect(await run.exited).toBe(1);
    expect(run.answer.stdout).toContain('Interrupted: ');
  });

  it('prints the statement to run if it may not drop what it created', async () => {
    const run = startOperator(env, 'verify-snowflake', '--only', 'duplicate keys');
    const schema = await eventually(() => endpoint.schemas[1], { timeoutMs: 60_000 });
    endpoint.addFault({ on: `drop schema ${schema}`, kind: 'sql-error', code: '003001', message: 'no' });
    expect(await run.exited).toBe(1);
    expect(run.answer.stderr).toContain(`  DROP SCHEMA IF EXISTS CAVES_ALBERT.${schema};`);
    await endpoint.run(`DROP SCHEMA ${schema}`);
  });
});
