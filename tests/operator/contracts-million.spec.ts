import { join } from 'node:path';
import { Traffic } from '#traffic';
import { changedRecords, contractFolder, PUBLISHED } from '../support/contract-files.js';
import { Scenario } from '../support/scenario.js';
import { answerOf, environmentOf } from './operator.js';

const MESSAGES = 1_000_000;
const CHUNK = 5_000;
const PARTITIONS = 4;
const SHARES = { bad: 0.1, tombstones: 0.01, unknown: 0.05 };

interface Report {
  records: number;
  unchanged: { stored: number; dead: number; skipped: number };
  newlyDead: { count: number };
  rescued: { count: number };
  drifted: { count: number };
}

describe('a million messages', () => {
  let scenario: Scenario;
  let tolerant: string;
  /** What the service dead-lettered because of a rule for a field. */
  const refused: string[] = [];
  /** How many it dead-lettered for another reason. */
  let unreadable = 0;
  let stored: number;

  beforeAll(async () => {
    scenario = await Scenario.create('contracts-million', { partitions: PARTITIONS });
    tolerant = await contractFolder(join(scenario.folder, 'tolerant'), (schema) => {
      for (const field of Object.keys(schema.properties))
        if (field !== 'event_type') schema.properties[field] = {};
      schema.required = ['event_type'];
    });
    const ingester = await scenario.startIngester();
    const traffic = new Traffic({ seed: 20_261_130, shares: SHARES });
    for (let sent = 0; sent < MESSAGES; sent += CHUNK) {
      await scenario.produce(
        Array.from({ length: CHUNK }, (_, index) => {
          const { key, value } = traffic.next();
          return { key, value, partition: index % PARTITIONS };
        }),
      );
    }
    await scenario.untilSettled(ingester);
    expect(await ingester.stop()).toBe(0);
    const letters = await scenario.query(`
      SELECT EVENT_TYPE, EVENT_METADATA->>'partition' || '@' || (EVENT_METADATA->>'offset') AS POSITION
      FROM SALES_EVENTS_DLQ`);
    for (const { EVENT_TYPE: type, POSITION: position } of letters) {
      if (type === null) unreadable++;
      else refused.push(`${scenario.topic}-${String(position)}`);
    }
    const [rows] = await scenario.query('SELECT count(*) AS ROW_COUNT FROM RAW_EVENTS_STREAM');
    stored = Number(rows?.['ROW_COUNT']);
  });
  afterAll(() => scenario.cleanUp());

  const check = (...args: string[]) =>
    answerOf<Report>(
      { ...environmentOf(scenario), WAREHOUSE: 'neither' },
      ...['contracts', 'check', ...args],
    );

  it('have the outcomes that contracts check predicts', async () => {
    expect(refused.length).toBeGreaterThan(20_000);
    expect(await check('--against', PUBLISHED)).toMatchObject({
      records: MESSAGES,
      unchanged: {
        stored,
        dead: refused.length + unreadable,
        skipped: MESSAGES - stored - refused.length - unreadable,
      },
      newlyDead: { count: 0 },
      rescued: { count: 0 },
      drifted: { count: 0 },
    });
  });

  it('are rescued by contracts without rules, each that the service refused by a rule and no other', async () => {
    const file = join(scenario.folder, 'rescued.ndjson');
    const report = await check('--schemas', tolerant, '--changes', file);

    const changes = await changedRecords(file);
    const rescued = changes.filter(({ change }) => change === 'rescued').map(({ id }) => id);
    expect(rescued.toSorted()).toEqual(refused.toSorted());
    expect(report).toMatchObject({
      rescued: { count: refused.length },
      newlyDead: { count: 0 },
      unchanged: { dead: unreadable },
    });
    expect(report.unchanged.stored + report.drifted.count).toBe(stored);
  });
});
