import { join } from 'node:path';
import { loadSettings } from '#settings';
import { REPOSITORY_ROOT } from '#testing';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { planSchema, sessionOptions } from '#warehouse';
import { operator } from '../operator/operator.js';
import { fakesnowFor } from '../support/fakesnow.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { ACCOUNT_USAGE, SYSTEM_FUNCTIONS } from './account-usage.js';
import { document, documents, generatedPart, table, withoutPadding } from './markdown.js';
import { hasKnownForm } from './statement-forms.js';
import { statements } from './statements.js';
import { dayCost, type BatchTiming } from './warehouse-prices.js';

const PAGE = document('docs/snowflake.md');
/** Statements of these kinds are run; all others have to have a known form. */
const RUN = /^(SELECT|WITH|INSERT|UPDATE|DELETE|DROP TABLE|ALTER TABLE [\w.]+ CLUSTER BY) ?/;
const PAGES = [PAGE, document('docs/snowflake-protocol.md'), document('analytics/README.md')];
/** Its SQL is DuckDB's, and sql.spec.ts runs it. */
const OF_DUCKDB = 'docs/lake.md';
const OF_ACCOUNT = documents()
  .filter(({ path }) => path !== OF_DUCKDB)
  .flatMap((page) =>
    statements(page)
      .filter((sql) => !RUN.test(sql))
      .map((sql) => [page.path, sql] as const),
  );
const RUNNABLE = PAGES.flatMap((page) =>
  statements(page)
    .filter((sql) => RUN.test(sql))
    .map((sql) => [page.path, sql] as const),
);

describe('the SQL of the documents for an account', () => {
  it.each(OF_ACCOUNT)('%s: %s', (_path, sql) => {
    expect(hasKnownForm(sql)).toBe(true);
  });

  it.each([
    'CREATE WAREHOSE INGESTION_WH WAREHOUSE_SIZE = XSMALL',
    'CREATE WAREHOUSE INGESTION_WH WAREHOUSE_SIZE = XSMAL',
    'CREATE WAREHOUSE INGESTION_WH AUTOSUSPEND = 60',
    'CREATE USER SALES_INGESTION TYPE = SERVICE DEFAULT_ROL = SALES_INGESTION',
    'GRANT USAGE ON WAREHOUSE INGESTION_WH ROLE SALES_INGESTION',
    "ALTER USER SALES_INGESTION SET RSA_PUBLIC_KEY = 'MII",
    'CREATE RESOURCE MONITOR M WITH CREDIT_QUOTA = 8 TRIGGERS ON 80 PERCENT DO NOTIFI',
  ])('is rejected if it is misspelled: %s', (sql) => {
    expect(hasKnownForm(sql)).toBe(false);
  });
});

describe('docs/snowflake.md', () => {
  it('lists the prices that its arithmetic gives', () => {
    const timings: [string, BatchTiming][] = [
      ['100 events or 10 s', { minEvents: 100, maxWaitSeconds: 10 }],
      ['20,000 or 10 s', { minEvents: 20_000, maxWaitSeconds: 10 }],
      ['50,000 or 5 min', { minEvents: 50_000, maxWaitSeconds: 300 }],
      ['50,000 or 1 h', { minEvents: 50_000, maxWaitSeconds: 3_600 }],
    ];
    const rows = [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000].map((events) => [
      events.toLocaleString('en'),
      ...timings.map(([, timing]) => cellOf(events, timing)),
    ]);
    const head = ['events a day', ...timings.map(([title]) => title)];
    expect(withoutPadding(generatedPart(PAGE, 'prices'))).toBe(withoutPadding(table([head, ...rows])));
  });

  it('lists the privileges that the schema step grants', () => {
    const granted = planSchema({ database: 'CAVES_ALBERT', schema: 'RAW_DATA', role: 'R', warehouse: 'W' })
      .flatMap(({ sql }) => [...sql.matchAll(/^GRANT (.+) ON TABLE [\w.]+\.(\w+) TO ROLE R$/g)])
      .map(([, privileges = '', name = '']) => [name, privileges]);
    const rows = [...PAGE.text.matchAll(/^\| `([A-Z_]+)`[^|]*\| ((?:SELECT|INSERT)[A-Z, ]*)/gm)];
    expect(rows.map(([, name = '', privileges = '']) => [name, privileges.trim()])).toEqual(granted);
  });
});

function cellOf(events: number, timing: BatchTiming): string {
  const { statements: count, creditsAMonth } = dayCost(events, timing);
  return `${Math.round(count).toLocaleString('en')} / ${Math.round(creditsAMonth)}`;
}

const fakesnow = await fakesnowFor('the SQL of docs/snowflake.md');

if (fakesnow === null) {
  itIsSkippedWithout('Python');
} else {
  describe('the SQL of the documents on fakesnow', () => {
    const env = {
      SNOWFLAKE_ACCOUNT: 'testaccount',
      SNOWFLAKE_ACCESS_URL: fakesnow.url,
      SNOWFLAKE_USER: 'SALES_INGESTION_OWNER',
      SNOWFLAKE_PASSWORD: 'secret',
      SNOWFLAKE_WAREHOUSE: 'INGESTION_WH',
      SNOWFLAKE_DATABASE: 'CAVES_ALBERT',
    };
    let warehouse: SnowflakeWarehouse;

    beforeAll(async () => {
      warehouse = await SnowflakeWarehouse.start({ accessUrl: fakesnow.url, checkpointTables: 2 });
      const views = join(REPOSITORY_ROOT, 'analytics');
      const applied = await operator(env, 'schema', 'apply', '--analytics', views);
      expect(applied).toMatchObject({ code: 0, stderr: '' });
      await warehouse.execute('CREATE DATABASE SNOWFLAKE');
      await warehouse.execute('CREATE SCHEMA SNOWFLAKE.ACCOUNT_USAGE');
      for (const [view, columns] of Object.entries(ACCOUNT_USAGE)) {
        const definitions = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
        await warehouse.execute(`CREATE TABLE SNOWFLAKE.ACCOUNT_USAGE.${view} (${definitions.join(', ')})`);
      }
    });
    afterAll(() => fakesnow.stop());

    const run = (sql: string) => warehouse.query(onFakesnow(sql));

    it.each(RUNNABLE)('%s: %s', async (_path, sql) => {
      await expect(run(sql)).resolves.toBeDefined();
    });

    it.each(RUNNABLE.filter(([, sql]) => sql.includes('QUERY_TAG')))(
      'find the statements of this service only: %s: %s',
      async (_path, sql) => {
        const { snowflake } = loadSettings(env).settings;
        if (snowflake === null) throw new Error('these settings are for Snowflake');
        const { queryTag } = sessionOptions(snowflake);
        for (const view of ['QUERY_HISTORY', 'QUERY_ATTRIBUTION_HISTORY']) {
          await warehouse.execute(`DELETE FROM SNOWFLAKE.ACCOUNT_USAGE.${view}`);
          for (const tag of [`'${queryTag}'`, `'nightly'`, `'{"service":"other"}'`, `''`, 'NULL']) {
            await warehouse.execute(
              `INSERT INTO SNOWFLAKE.ACCOUNT_USAGE.${view} (QUERY_TAG, START_TIME)
               SELECT ${tag}, CURRENT_TIMESTAMP()`,
            );
          }
        }
        expect(await run(sql)).toMatchObject([{ STATEMENTS: 1 }]);
      },
    );

    it.each([
      'SELECT STRT_TIME FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY',
      'SELECT START_TIME FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORI',
      'SELECT START_TIME FRM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY',
      'SELECT DATEDAD(day, -1, START_TIME) FROM SNOWFLAKE.ACCOUNT_USAGE.QUERY_HISTORY',
      'SELECT PARSE_JSON(SYSTEM$ALOWLIST())',
    ])('is rejected if it is misspelled: %s', async (sql) => {
      await expect(run(sql)).rejects.toThrow();
    });
  });
}

function onFakesnow(sql: string): string {
  return Object.entries(SYSTEM_FUNCTIONS).reduce((text, [name, result]) => text.replace(name, result), sql);
}
