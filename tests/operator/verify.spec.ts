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

  it('finds all complete', async () => {
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

  it('says what came since and waits, which is no fault and not complete', async () => {
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

  // One after the other, on the same tables: each adds to what the ones before it did.
  it('names a double', async () => {
    await tables.execute(`INSERT INTO RAW_EVENTS_STREAM SELECT * FROM RAW_EVENTS_STREAM WHERE ${at(7)}`);
    expect(await problems()).toMatch(
      /42 rows.*41 by the checkpoint[^]*1 offsets are there more than once: .*@7/,
    );
  });

  it('names a message that is both stored and a dead letter', async () => {
    await tables.execute(
      `INSERT INTO RAW_EVENTS_STREAM SELECT 'X', NULL, NULL, EVENT_METADATA, ERROR_DETAILS, INGESTION_TIME FROM SALES_EVENTS_DLQ WHERE ${at(40)}`,
    );
    expect(await problems()).toMatch(/1 offsets are stored and dead-lettered both: .*@40/);
  });

  it('names the range that is missing, between those that were skipped', async () => {
    await tables.execute(`DELETE FROM RAW_EVENTS_STREAM WHERE ${[20, 21, 22].map(at).join(' OR ')}`);
    expect(await problems()).toMatch(/missing are offsets among .*@20-22, .*@41/);
  });

  it('names a counter that is off', async () => {
    await tables.execute(
      `UPDATE INGESTION_CHECKPOINTS SET SKIPPED = SKIPPED + 1 WHERE CONSUMER_GROUP = '${scenario.group}'`,
    );
    expect(await problems()).toMatch(/add up to 45, not to its 44/);
  });

  // DuckDB's own key keeps them from being doubled.
  if (engine === 'Snowflake') {
    it('names a doubled checkpoint', async () => {
      await tables.execute(
        `INSERT INTO INGESTION_CHECKPOINTS SELECT * FROM INGESTION_CHECKPOINTS WHERE CONSUMER_GROUP = '${scenario.group}'`,
      );
      expect(await problems()).toMatch(/2 checkpoints instead of one/);
    });
  }

  const at = (offset: number) =>
    `${tables.env['WAREHOUSE'] === 'duckdb' ? "TRY_CAST(EVENT_METADATA->>'$.offset' AS BIGINT)" : 'EVENT_METADATA:offset::INTEGER'} = ${offset}`;
});

it('verify says what it cannot look at', async () => {
  const scenario = await Scenario.create('verify');
  const { code, stdout, stderr } = await operator(environmentOf(scenario), 'verify');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(scenario.duckdbPath);
  expect(stderr).not.toMatch(/^ +at /m);
  await scenario.cleanUp();
});
