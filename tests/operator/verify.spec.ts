import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { environmentOf, operator } from './operator.js';
import { WAREHOUSES, type Tables } from './warehouses.js';

interface Answer {
  complete: boolean;
  consistent: boolean;
  partitions: {
    partition: number;
    problems: string[];
    ledger: { rows: number; deadLetters: number } | null;
  }[];
}

const EVENTS = 40;
/** Offsets 40 to 43. */
const OTHERS = [{ value: '{' }, { value: null }, { value: '[1]' }, validOrder(99)];

describe.each(WAREHOUSES)('verify on %s', (engine, prepare) => {
  let scenario: Scenario;
  let tables: Tables;

  beforeAll(async () => {
    scenario = await Scenario.create('verify');
    tables = await prepare(scenario);
    await scenario.produce([
      ...Array.from({ length: EVENTS }, (_, id) => validOrder(id)),
      ...OTHERS.map((message) => ({ key: 'k', ...message })),
    ]);
    const ingester = await scenario.startIngester(tables.env);
    await ingester.untilMetric('snowflake_events_inserted_total', EVENTS + 1);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await tables.close();
  });

  async function verify(): Promise<{ code: number | null; answer: Answer }> {
    const env = { ...environmentOf(scenario), ...tables.env };
    const { code, stdout, stderr } = await operator(env, 'verify', '--json');
    if (stdout === '') throw new Error(stderr);
    return { code, answer: JSON.parse(stdout) as Answer };
  }

  async function problems(): Promise<string> {
    const { code, answer } = await verify();
    const { complete, consistent } = answer;
    expect({ code, complete, consistent }).toEqual({ code: 1, complete: false, consistent: false });
    return answer.partitions.flatMap((partition) => partition.problems).join('\n');
  }

  it('reports complete if everything is stored', async () => {
    const { code, answer } = await verify();
    expect({ code, answer }).toMatchObject({
      code: 0,
      answer: {
        complete: true,
        partitions: [{ problems: [], ledger: { rows: EVENTS + 1, deadLetters: 2 } }],
      },
    });
    const { stdout } = await operator({ ...environmentOf(scenario), ...tables.env }, 'verify');
    expect(stdout).toMatch(/The ledger begins at offset 0\.[^]*✓ complete/);
  });

  it('reports new records as waiting, which is neither a fault nor complete', async () => {
    await scenario.produce([validOrder(100)]);
    const { code, answer } = await verify();
    expect({ code, answer }).toMatchObject({
      code: 0,
      answer: { complete: false, consistent: true, partitions: [{ problems: [], waiting: 1 }] },
    });
    const { stdout } = await operator({ ...environmentOf(scenario), ...tables.env }, 'verify');
    expect(stdout).not.toMatch(/complete/);
    expect(stdout).toContain(`${scenario.topic}-0@44 waits to be read`);
  });

  // These run in order on the same tables, and each adds to the changes of the previous ones.
  it('reports a duplicate', async () => {
    await tables.execute(`INSERT INTO RAW_EVENTS_STREAM SELECT * FROM RAW_EVENTS_STREAM WHERE ${at(7)}`);
    expect(await problems()).toMatch(
      /42 rows.*41 according to the checkpoint[^]*1 offsets are there more than once: .*@7/,
    );
  });

  it('reports a message that is both stored and dead-lettered', async () => {
    await tables.execute(
      `INSERT INTO RAW_EVENTS_STREAM SELECT 'X', NULL, NULL, EVENT_METADATA, ERROR_DETAILS, INGESTION_TIME FROM SALES_EVENTS_DLQ WHERE ${at(40)}`,
    );
    expect(await problems()).toMatch(/1 offsets are both stored and dead-lettered: .*@40/);
  });

  it('reports the missing range, apart from skipped ones', async () => {
    await tables.execute(`DELETE FROM RAW_EVENTS_STREAM WHERE ${[20, 21, 22].map(at).join(' OR ')}`);
    expect(await problems()).toMatch(/offsets are missing among .*@20-22, .*@41/);
  });

  it('reports a wrong counter', async () => {
    await tables.execute(
      `UPDATE INGESTION_CHECKPOINTS SET SKIPPED = SKIPPED + 1 WHERE CONSUMER_GROUP = '${scenario.group}'`,
    );
    expect(await problems()).toMatch(/add up to 45, not to its 44/);
  });

  // DuckDB's primary key rules out duplicates.
  if (engine === 'Snowflake') {
    it('reports a duplicate checkpoint', async () => {
      await tables.execute(
        `INSERT INTO INGESTION_CHECKPOINTS SELECT * FROM INGESTION_CHECKPOINTS WHERE CONSUMER_GROUP = '${scenario.group}'`,
      );
      expect(await problems()).toMatch(/2 checkpoints instead of one/);
    });
  }

  const at = (offset: number) =>
    `${tables.env['WAREHOUSE'] === 'duckdb' ? "TRY_CAST(EVENT_METADATA->>'$.offset' AS BIGINT)" : 'EVENT_METADATA:offset::INTEGER'} = ${offset}`;
});

it('verify names the file that it cannot open', async () => {
  const scenario = await Scenario.create('verify');
  const { code, stdout, stderr } = await operator(environmentOf(scenario), 'verify');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(scenario.duckdbPath);
  expect(stderr).not.toMatch(/^ +at /m);
  await scenario.cleanUp();
});
