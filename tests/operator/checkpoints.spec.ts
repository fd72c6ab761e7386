import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { answerOf, environmentOf, operator } from './operator.js';
import { WAREHOUSES, type Tables } from './warehouses.js';

interface Listed {
  checkpoints: { partition: number; firstOffset: number; nextOffset: number; stored: number; lost: number }[];
  logs: { partition: number; start: number; end: number; committed: number | null }[];
}

const EVENTS = 20;

const orders = (partition: number, first: number, count: number) =>
  Array.from({ length: count }, (_, id) => ({ ...validOrder(first + id), partition }));

describe.each(WAREHOUSES)('checkpoints on %s', (_engine, prepare) => {
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
  const listed = () => answerOf<Listed>(env(), 'checkpoints', 'list');
  const checkpoints = async () => (await listed()).checkpoints;

  async function stored(count: number, meanwhile = () => Promise.resolve()): Promise<void> {
    const ingester = await scenario.startIngester(tables.env);
    await meanwhile();
    await ingester.untilMetric('snowflake_events_inserted_total', count);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
  }

  // One after the other: each goes on where the one before it left the checkpoints.
  it('are listed beside the log and the committed offsets', async () => {
    const log = { start: 0, end: EVENTS, committed: EVENTS };
    const checkpoint = { firstOffset: 0, nextOffset: EVENTS, stored: EVENTS, lost: 0 };
    expect(await listed()).toMatchObject({
      logs: [
        { partition: 0, ...log },
        { partition: 1, ...log },
      ],
      checkpoints: [
        { partition: 0, ...checkpoint },
        { partition: 1, ...checkpoint },
      ],
    });
    const { stdout } = await run('list');
    expect(stdout).toMatch(/^ *1 +0-20 +20 +0-20 +0 +20 +0 +0 +0 +0 +20\d\d-/m);
  });

  it('are not moved without --yes, nor where one of the offsets cannot be read', async () => {
    const before = await checkpoints();
    const dry = await run('set', '--partition', 'all', '--to', 'earliest');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(
      /partition 0: 20 -> 0: 20 offsets are read again.*TWICE[^]*Nothing was changed/,
    );
    const beyond = await run('set', '--partition', '1', '--to', '21', '--yes');
    expect(beyond).toMatchObject({ code: 1, stdout: '' });
    expect(beyond.stderr).toContain('21 is outside of its log, 0 to 20');
    expect(await checkpoints()).toEqual(before);
  });

  it('move back: what is read again is stored once, where its rows were deleted', async () => {
    await tables.execute('DELETE FROM RAW_EVENTS_STREAM');
    expect(await run('set', '--partition', 'all', '--to', 'earliest', '--yes')).toMatchObject({ code: 0 });
    expect(await checkpoints()).toMatchObject([
      { firstOffset: 0, nextOffset: 0, stored: 0 },
      { firstOffset: 0, nextOffset: 0, stored: 0 },
    ]);
    await stored(2 * EVENTS);
  });

  it('move forward: what is passed over counts as lost; and not at all while an ingester reads', async () => {
    await scenario.produce(orders(1, 200, 10));
    expect(await run('set', '--partition', '1', '--to', '27', '--yes')).toMatchObject({ code: 0 });
    await stored(3, async () => {
      const { code, stderr } = await run('set', '--partition', '1', '--to', 'earliest', '--yes');
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('has 1 member') as string,
      });
    });
    expect((await checkpoints())[1]).toMatchObject({ firstOffset: 0, nextOffset: 30, stored: 23, lost: 7 });
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
});
