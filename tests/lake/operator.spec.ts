import { cp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTopic, uniqueTopic, withDuckDbFile } from '#testing';
import { environmentOf, operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';

const GOOD = 600;
const BAD = 20;

describe('operator lake', () => {
  let scenario: Scenario;
  let env: Record<string, string>;

  beforeAll(async () => {
    scenario = await Scenario.create('lake-operator', { partitions: 2 });
    env = {
      ...environmentOf(scenario),
      LAKE_LOCATION: scenario.lakeFolder,
      LAKE_GROUP_ID: scenario.lakeGroup,
    };
    const archiver = await scenario.startArchiver({ LAKE_MAX_BYTES: '100000' });
    for (let part = 0; part < 4; part += 1) {
      const orders = Array.from({ length: GOOD / 4 }, (_, index) => ({
        ...validOrder(part * GOOD + index),
        partition: index % 2,
      }));
      const bad = Array.from({ length: BAD / 4 }, () => ({ value: 'no json', partition: 1 }));
      await scenario.produce([...orders, ...bad]);
      await scenario.untilArchived(archiver);
    }
    expect(await archiver.stop()).toBe(0);
  });
  afterAll(() => scenario.cleanUp());

  const verify = async (...args: string[]) => {
    const { code, stdout } = await operator(env, 'lake', 'verify', '--json', ...args);
    return { code, ...(JSON.parse(stdout) as { problems: string[]; partitions: Record<string, number>[] }) };
  };

  it('verify finds a whole lake complete, and says what it holds', async () => {
    const { code, problems, partitions } = await verify('--deep');
    expect({ code, problems }).toEqual({ code: 0, problems: [] });
    expect(partitions).toMatchObject([
      { partition: 0, records: GOOD / 2, from: 0, next: GOOD / 2, lost: 0, behind: 0 },
      { partition: 1, records: GOOD / 2 + BAD, from: 0, next: GOOD / 2 + BAD, behind: 0 },
    ]);
    const { stdout } = await operator(env, 'lake', 'verify');
    expect(stdout).toContain(`is complete: ${GOOD + BAD} records, every offset in one object.`);
  });

  it('verify names a missing object by coordinates, and one that is not what its name says', async () => {
    const folder = join(scenario.lakeFolder, scenario.topic, 'partition=0');
    const first = join(folder, `${'0'.repeat(20)}.ndjson.zst`);
    const aside = join(scenario.folder, 'aside.zst');
    const [, name = '', third = ''] = (await readdir(folder)).sort();
    const last = Number(third.slice(0, 20)) - 1;
    await rename(join(folder, name), aside);
    const hole = await verify();
    expect(hole.code).toBe(1);
    const gap = `${scenario.topic}-0@${Number(name.slice(0, 20))} to ${last}`;
    expect(hole.problems).toEqual([`${gap} are in no object.`]);

    // The content of another object under this name.
    await cp(first, join(folder, name));
    expect((await verify()).problems[0]).toMatch(/is damaged.*its footer says that it covers offsets 0 to /);
    await rm(join(folder, name));
    await rename(aside, join(folder, name));
    expect((await verify('--deep')).problems).toEqual([]);
  });

  it('replay fills an empty warehouse once, also after retention has deleted the topic', async () => {
    const admin = scenario.kafka.admin();
    await admin.connect();
    await admin.fetchTopicOffsets(scenario.topic);
    await admin.deleteTopicRecords({
      topic: scenario.topic,
      partitions: [
        { partition: 0, offset: '-1' },
        { partition: 1, offset: '-1' },
      ],
    });
    await admin.disconnect();
    for (const expected of [
      `${GOOD} events stored, ${BAD} dead letters`,
      '0 events stored, 0 dead letters',
    ]) {
      const { code, stdout, stderr } = await operator(env, 'lake', 'replay', '--yes');
      expect(stderr).toBe('');
      expect(stdout).toContain(expected);
      expect(code).toBe(0);
    }
    const plan = await operator(env, 'lake', 'replay');
    expect(plan.stdout).toMatch(/^ +1 +0 +320 +320 +0$/m);
    expect(plan.stderr).toContain('Nothing was changed');
    const [rows] = await scenario.query(
      `SELECT count(*) AS TOTAL, count(DISTINCT (EVENT_METADATA->>'partition', EVENT_METADATA->>'offset')) AS PLACES
         FROM RAW_EVENTS_STREAM`,
    );
    expect(rows).toEqual({ TOTAL: String(GOOD), PLACES: String(GOOD) });
    const complete = await operator(env, 'verify');
    expect(complete.code).toBe(0);
    const compared = await operator(env, 'lake', 'verify', '--warehouse');
    expect(compared.stdout).toContain(
      `and nothing else: ${GOOD + BAD} offsets of ${scenario.topic} compared.`,
    );
    expect(compared.code).toBe(0);
  });

  it('replay of a span stores what the tables have lost below the checkpoint, once', async () => {
    await withDuckDbFile(scenario.duckdbPath, 'READ_WRITE', async (connection) => {
      await connection.run(`DELETE FROM RAW_EVENTS_STREAM WHERE (EVENT_METADATA->>'$.offset')::BIGINT < 100`);
    });
    for (const expected of [
      'Restored: 95 events and 0 dead letters',
      'Restored: 0 events and 0 dead letters',
    ]) {
      const { code, stdout } = await operator(
        env,
        'lake',
        'replay',
        '--offsets',
        '5-99',
        '--partition',
        '0',
        '--yes',
      );
      expect(stdout).toContain(expected);
      expect(code).toBe(0);
    }
    await operator(env, 'lake', 'replay', '--offsets', '0-', '--yes');
    expect(await operator(env, 'verify')).toMatchObject({ code: 0 });
  });

  it('replay to a topic writes every record once, however often it is run', async () => {
    const target = uniqueTopic('lake-again');
    await createTopic(BOOTSTRAP, target, { partitions: 2 });
    for (const written of [GOOD + BAD, 0]) {
      const { code, stdout } = await operator(env, 'lake', 'replay', '--to-topic', target, '--yes');
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `Replayed: ${written} records written to ${target}.\n`,
      });
    }
  });

  it('compact writes every event as Parquet, and then nothing', async () => {
    const first = await operator(env, 'lake', 'compact', '--yes');
    expect(first.stdout).toContain(`not in them: ${BAD} dead letters, 0 tombstones.`);
    const again = await operator(env, 'lake', 'compact', '--yes');
    expect(again).toEqual({ code: 0, stdout: 'Every object is compacted.\n', stderr: '' });
    expect((await verify('--deep')).problems).toEqual([]);
  });

  it('replay says that there is nothing, and where it looked', async () => {
    const { code, stderr } = await operator({ ...env, LAKE_LOCATION: '/nowhere' }, 'lake', 'replay');
    expect(stderr).toContain('The lake in /nowhere has no objects of');
    expect(code).toBe(1);
  });
});
