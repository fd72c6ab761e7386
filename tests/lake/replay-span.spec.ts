import { withDuckDbFile } from '#testing';
import { MUTATION_SQL } from '../operator/mutations/index.js';
import { answerOf, environmentOf, operator, spawnOperator, startOperator } from '../operator/operator.js';
import { WAREHOUSES, type Tables } from '../operator/warehouses.js';
import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { STARTED_MS, writeObject, type LakeMessage } from '../support/written-lake.js';

const LETTER = 4;
const END = 60;

interface Restored {
  stored: number;
  restored: { stored: number; deadLettered: number; handled: number } | null;
}

const events = (first: number, next: number): LakeMessage[] =>
  Array.from({ length: next - first }, (_, index) => ({
    ...validOrder(first + index),
    offset: first + index,
    ...(first + index === LETTER && { value: '{' }),
  }));

describe.each(WAREHOUSES)('operator lake replay of a span on %s', (engine, prepare) => {
  let scenario: Scenario;
  let tables: Tables;
  let restore: () => Promise<void>;
  const { at } = MUTATION_SQL[engine];

  beforeAll(async () => {
    scenario = await Scenario.create('lake-span', { partitions: 2 });
    tables = await prepare(scenario);
    const { topic, lakeFolder } = scenario;
    for (const partition of [0, 1]) {
      for (let first = 0; first < END; first += 20) {
        const span = { first, next: first + 20 };
        await writeObject(lakeFolder, { topic, partition }, span, events(first, first + 20));
      }
    }
    // Partition 1 is loaded in part: an incident ended it at 30.
    for (const args of [
      ['--partitions', '0'],
      ['--offsets', '1:0-29'],
    ]) {
      expect(await operator(env(), 'lake', 'replay', ...args, '--yes')).toMatchObject({
        code: 0,
        stderr: '',
      });
    }
    restore = await tables.save();
  });
  afterEach(() => restore());
  afterAll(async () => {
    await scenario.cleanUp();
    await tables.close();
  });

  const env = () => ({
    ...environmentOf(scenario),
    ...tables.env,
    LAKE_LOCATION: scenario.lakeFolder,
    LAKE_GROUP_ID: scenario.lakeGroup,
  });
  const replayed = (...args: string[]) => answerOf<Restored>(env(), 'lake', 'replay', '--yes', ...args);
  const checkpoints = async () => {
    const { partitions } = await answerOf<{ partitions: { checkpoint: { nextOffset: number } | null }[] }>(
      ...([env(), 'checkpoints', 'list'] as const),
    );
    return partitions.map(({ checkpoint }) => checkpoint?.nextOffset);
  };
  const compared = async () => {
    const { code, stdout } = await operator(env(), 'lake', 'verify', '--warehouse', '--offline');
    return { code, stdout };
  };

  it('reports what it would read below the checkpoint and from it on', async () => {
    const { stdout, stderr } = await operator(env(), 'lake', 'replay', '--offsets', '10-39');
    expect(stdout.replaceAll(/ +/g, ' ')).toBe(
      [
        'partition lake from to checkpoint offsets to restore offsets to read',
        ' 0 10 40 60 30 0',
        ' 1 10 40 30 20 10',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('Nothing was changed: --yes replays.\n');
  });

  it('stores once what the tables have lost below the checkpoint, and what the service would read next', async () => {
    await tables.execute(`DELETE FROM RAW_EVENTS_STREAM WHERE ${at(11)} OR ${at(12)} OR ${at(50)}`);
    await tables.execute(`DELETE FROM SALES_EVENTS_DLQ WHERE ${at(LETTER)}`);
    expect(await replayed('--offsets', '0:0-11')).toMatchObject({
      restored: { stored: 1, deadLettered: 1, handled: 0 },
    });
    expect(await replayed('--offsets', '0-')).toMatchObject({
      stored: 30,
      restored: { stored: 4, deadLettered: 1 },
    });
    expect(await replayed('--offsets', '0-')).toMatchObject({
      stored: 0,
      restored: { stored: 0, deadLettered: 0 },
    });
    expect(await checkpoints()).toEqual([END, END]);
    expect(await compared()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('and nothing else: 120 offsets'),
    });
  });

  it('finds a span by the time of records', async () => {
    await tables.execute(`DELETE FROM RAW_EVENTS_STREAM WHERE ${at(20)} OR ${at(21)} OR ${at(22)}`);
    const time = (offset: number) => new Date(STARTED_MS + offset * 1_000).toISOString();
    expect(await replayed('--partitions', '0', '--since', time(21), '--until', time(22))).toMatchObject({
      stored: 0,
      restored: { stored: 1 },
    });
    expect(await replayed('--partitions', '0-1', '--until', time(23))).toMatchObject({
      restored: { stored: 5 },
    });
    expect(await checkpoints()).toEqual([END, 30]);
  });

  it('leaves out records whose dead letters were handled and deleted', async () => {
    const metadata = JSON.stringify({ topic: scenario.topic, partition: 0, offset: LETTER });
    await tables.execute(
      `INSERT INTO DEAD_LETTER_ACTIONS (ACTION, ACTED_BY, EVENT_METADATA) SELECT 'resolve', 'x', ${MUTATION_SQL[engine].json(metadata)}`,
    );
    await tables.execute(`DELETE FROM SALES_EVENTS_DLQ WHERE ${at(LETTER)}`);
    const { restored } = await replayed('--offsets', '0:0-9');
    expect(restored).toMatchObject({ stored: 0, deadLettered: 0, handled: 1 });
  });

  it('refuses a span that would pass over offsets, and a partition that the lake lacks', async () => {
    const before = await checkpoints();
    const { code, stderr } = await operator(env(), 'lake', 'replay', '--offsets', '31-', '--yes');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${scenario.topic}-1: the span begins at 31, but the checkpoint is 30. Storing it would pass over the offsets between. Begin it at 30 or below.\n`,
    });
    const absent = await operator(env(), 'lake', 'replay', '--partitions', '0,7');
    expect(absent.stderr).toBe(`The lake in ${scenario.lakeFolder} has no objects of partition 7.\n`);
    for (const [args, text] of [
      [['--offsets', '5-4'], '--offsets is "5-4"; expected ranges such as 1000-1999'],
      [['--partitions', '2-'], '--partitions is "2-"; expected a partition'],
      [['--offsets', '1-2', '--since', '1h'], 'expected one of the two'],
      [['--since', '1h', '--until', '2h'], '--until is not after --since'],
    ] as const) {
      const wrong = await operator(env(), 'lake', 'replay', ...args);
      expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining(text) });
    }
    expect(await checkpoints()).toEqual(before);
  });
});

describe('operator lake replay of a span, interrupted and beside a running service', () => {
  let scenario: Scenario;
  const COUNT = 6_000;
  beforeAll(async () => {
    scenario = await Scenario.create('lake-span-live');
  });
  afterAll(() => scenario.cleanUp());

  it('stores every lost row once, and the service goes on', async () => {
    const env = {
      ...environmentOf(scenario),
      LAKE_LOCATION: scenario.lakeFolder,
      LAKE_GROUP_ID: scenario.lakeGroup,
      BATCH_MAX_EVENTS: '200',
    };
    const produce = async (from: number, count: number) => {
      for (let first = from; first < from + count; first += 1_000) {
        const length = Math.min(1_000, from + count - first);
        await scenario.produce(Array.from({ length }, (_, index) => validOrder(first + index)));
      }
    };
    const archiver = await scenario.startArchiver({ LAKE_MAX_BYTES: '100000' });
    const before = await scenario.startIngester();
    await produce(0, COUNT);
    await scenario.untilSettled(before);
    await scenario.untilArchived(archiver);
    expect(await before.stop()).toBe(0);
    await withDuckDbFile(scenario.duckdbPath, 'READ_WRITE', async (connection) => {
      await connection.run(
        `DELETE FROM RAW_EVENTS_STREAM WHERE (EVENT_METADATA->>'$.offset')::BIGINT % 3 > 0`,
      );
    });

    const service = await scenario.startIngester();
    const args = ['lake', 'replay', '--offsets', `0-${COUNT - 1}`, '--yes'];
    // Killed, then stopped by a signal, while the service stores new events.
    const killed = spawnOperator(env, ...args, '--rate', '1000');
    await produce(COUNT, 500);
    await service.until('new events are stored', async () => {
      return ((await scenario.committedOffsets()).get(0) ?? 0) >= COUNT + 300;
    });
    killed.kill();
    await killed.exited;
    const stopped = startOperator(env, ...args, '--rate', '500');
    await produce(COUNT + 500, 500);
    stopped.interrupt();
    await stopped.exited;
    const [ended] = await Promise.all([operator(env, ...args), produce(COUNT + 1_000, 500)]);
    expect(ended).toMatchObject({ code: 0 });
    await scenario.untilSettled(service);
    await scenario.untilArchived(archiver);
    expect(await service.stop()).toBe(0);
    expect(await archiver.stop()).toBe(0);
    const [rows] = await scenario.query(
      `SELECT count(*) AS TOTAL, count(DISTINCT EVENT_METADATA->>'offset') AS PLACES FROM RAW_EVENTS_STREAM`,
    );
    expect(rows).toEqual({ TOTAL: String(COUNT + 1_500), PLACES: String(COUNT + 1_500) });
    expect(await operator(env, 'verify')).toMatchObject({ code: 0 });
  });
});
