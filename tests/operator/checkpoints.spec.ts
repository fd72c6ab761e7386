import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { answerOf, environmentOf, operator } from './operator.js';
import { onSnowflake, WAREHOUSES, type Tables } from './warehouses.js';

interface Listed {
  partitions: {
    partition: number;
    log: { start: number; end: number; committed: number | null };
    checkpoint: {
      firstOffset: number;
      nextOffset: number;
      stored: number;
      updatedAtMs: number;
      heldIn: string;
    };
    problems: string[];
  }[];
}

const EVENTS = 20;

const orders = (partition: number, first: number, count: number) =>
  Array.from({ length: count }, (_, id) => ({ ...validOrder(first + id), partition }));

// A shared contract suite covers both stores, so one of them is enough here.
describe.each(WAREHOUSES.slice(-1))('checkpoints on %s', (_engine, prepare) => {
  let scenario: Scenario;
  let tables: Tables;

  beforeAll(async () => {
    scenario = await Scenario.create('checkpoints', { partitions: 2 });
    tables = await prepare(scenario);
    await scenario.produce([...orders(0, 0, EVENTS), ...orders(1, 100, EVENTS)]);
    await stored(2 * EVENTS);
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await tables.close();
  });

  const env = () => ({ ...environmentOf(scenario), ...tables.env });
  const run = (...args: string[]) => operator(env(), 'checkpoints', ...args);
  const listed = async (...args: string[]) =>
    (await answerOf<Listed>(env(), 'checkpoints', 'list', ...args)).partitions;
  const checkpoints = async () => (await listed()).map(({ checkpoint }) => checkpoint);

  async function stored(count: number, meanwhile = () => Promise.resolve()): Promise<void> {
    const ingester = await scenario.startIngester(tables.env);
    await meanwhile();
    await ingester.untilMetric('snowflake_events_inserted_total', count);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
  }

  // These run in order: each starts where the previous one left the checkpoints.
  it('are listed beside the log and the committed offsets', async () => {
    const log = { start: 0, end: EVENTS, committed: EVENTS };
    const checkpoint = { firstOffset: 0, nextOffset: EVENTS, stored: EVENTS };
    expect(await listed()).toMatchObject([
      { partition: 0, log, checkpoint, problems: [] },
      { partition: 1, log, checkpoint, problems: [] },
    ]);
    expect(await listed('--group', 'another')).toEqual([
      { partition: 0, log: { ...log, partition: 0, committed: null }, problems: [] },
      { partition: 1, log: { ...log, partition: 1, committed: null }, problems: [] },
    ]);
    const { stdout } = await run('list');
    expect(stdout).toMatch(/^ *1 +0-20 +20 +0-20 +0 +20 +0 +0 +0 +0 +20\S+ +20\S+ +INGESTION_CHECKPOINTS$/m);
  });

  it('are not moved without --yes, or to an offset outside the log', async () => {
    const before = await checkpoints();
    const dry = await run('set', '--partition', 'all', '--to', 'earliest');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(
      /partition 0: 20 -> 0: 20 offsets are read again.*TWICE[^]*Nothing was changed/,
    );
    const beyond = await run('set', '--partition', '1', '--to', '21', '--yes');
    expect(beyond).toMatchObject({ code: 1, stdout: '' });
    expect(beyond.stderr).toContain('21 is outside its log, 0 to 20');
    expect(await checkpoints()).toEqual(before);
  });

  it('move back, and records are stored once if their rows were deleted first', async () => {
    await tables.execute('DELETE FROM RAW_EVENTS_STREAM');
    expect(await run('set', '--partition', 'all', '--to', 'earliest', '--yes')).toMatchObject({ code: 0 });
    expect(await checkpoints()).toMatchObject([
      { firstOffset: 0, nextOffset: 0, stored: 0 },
      { firstOffset: 0, nextOffset: 0, stored: 0 },
    ]);
    await stored(2 * EVENTS);
  });

  it('leave the tables complete after a move and its reversal', async () => {
    for (const to of ['3', 'latest'])
      expect(await run('set', '--partition', '0', '--to', to, '--yes')).toMatchObject({ code: 0 });
    expect((await checkpoints())[0]).toMatchObject({ firstOffset: EVENTS, nextOffset: EVENTS, stored: 0 });
    expect(await operator(env(), 'verify')).toMatchObject({ code: 0 });
  });

  it('move forward over records that are then never stored, but not while an ingester runs', async () => {
    await scenario.produce(orders(1, 200, 10));
    const { stdout } = await run('set', '--partition', '1', '--to', '27', '--yes');
    expect(stdout).toMatch(/partition 1: 20 -> 27: 7 offsets are passed over[^]*Done/);
    await stored(3, async () => {
      const { code, stderr } = await run('set', '--partition', '1', '--to', 'earliest', '--yes');
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('has 1 member') as string,
      });
    });
    expect((await checkpoints())[1]).toMatchObject({ firstOffset: 27, nextOffset: 30, stored: 3 });
    expect(await operator(env(), 'verify')).toMatchObject({ code: 0 });
  });

  it('move to a time', async () => {
    const earlier = await answerOf<{ moves: unknown }>(
      env(),
      'checkpoints',
      'set',
      '--partition',
      'all',
      '--to',
      '1h',
    );
    const moves = [
      { expected: 20, to: 0 },
      { expected: 30, to: 0 },
    ];
    expect(earlier).toMatchObject({ changed: false, moves });
  });

  it('pass over offsets, each of which becomes a dead letter that verify reports', async () => {
    await scenario.produce(orders(0, 300, 3));
    const pass = ['pass', '--partition', '0', '--offset', '20', '--through', '21'];
    expect(await run(...pass)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing was changed') as string,
    });
    expect(await run(...pass, '--yes')).toMatchObject({ code: 0, stderr: '' });
    expect(await run(...pass, '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the checkpoint stands at 22, not at 20') as string,
    });
    await stored(1);
    const found = `${scenario.topic}-0@20-21 could not be read; an operator passed over 2 of these offsets`;
    expect(await operator(env(), 'verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(found) as string,
    });
  });

  it('move back over rows that are still there, which verify then reports as duplicates', async () => {
    expect(await run('set', '--partition', '1', '--to', '28', '--yes')).toMatchObject({ code: 0 });
    await stored(2);
    const { code, stdout } = await operator(env(), 'verify');
    expect({ code, stdout }).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /partition 1: 2 offsets are there more than once: \S+@28, \S+@29/,
      ) as string,
    });
  });
});

it('finds checkpoints in any of several tables', async () => {
  const scenario = await Scenario.create('checkpoints', { partitions: 2 });
  const tables = await onSnowflake(4);
  const env = { ...environmentOf(scenario), ...tables.env };
  try {
    await scenario.produce([...orders(0, 0, EVENTS), ...orders(1, 100, EVENTS)]);
    const ingester = await scenario.startIngester(tables.env);
    await ingester.untilMetric('snowflake_events_inserted_total', 2 * EVENTS);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    // As if the partition had had its own owner.
    const one = `CONSUMER_GROUP = '${scenario.group}' AND "PARTITION" = 1`;
    const double = `INSERT INTO INGESTION_CHECKPOINTS_3 SELECT * FROM INGESTION_CHECKPOINTS WHERE ${one}`;
    await tables.execute(double);
    await tables.execute(`DELETE FROM INGESTION_CHECKPOINTS WHERE ${one}`);

    const { partitions } = await answerOf<Listed>(env, 'checkpoints', 'list');
    expect(
      partitions.map(({ checkpoint: { heldIn, nextOffset }, problems }) => [heldIn, nextOffset, problems]),
    ).toEqual([
      ['INGESTION_CHECKPOINTS', EVENTS, []],
      ['INGESTION_CHECKPOINTS_3', EVENTS, []],
    ]);
    expect(await operator(env, 'verify')).toMatchObject({ code: 0 });
    const set = await operator(env, 'checkpoints', 'set', '--partition', 'all', '--to', '7', '--yes');
    expect(set).toMatchObject({ code: 0, stderr: '' });
    const moved = await answerOf<Listed>(env, 'checkpoints', 'list');
    expect(moved.partitions.map(({ checkpoint }) => checkpoint.nextOffset)).toEqual([7, 7]);

    await tables.execute(double.replace(/(\w+_3) SELECT \* FROM (\w+)/, '$2 SELECT * FROM $1'));
    expect(await operator(env, 'verify')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('2 checkpoints instead of one') as string,
    });
    const { stdout } = await operator(env, 'checkpoints', 'list');
    expect(stdout).toMatch(/^1 .* {2}INGESTION_CHECKPOINTS$/m);
    expect(stdout).toMatch(/^1 .* {2}INGESTION_CHECKPOINTS_3$/m);
  } finally {
    await scenario.cleanUp();
    await tables.close();
  }
});
