import { logEnds } from '#testing';
import { operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';
import { buildRelease, hasRelease, RELEASE } from './earlier-release.js';

/** Messages before each change of the version, and while it happens; every tenth is a bad one. */
const MESSAGES = 100;
const PARTITIONS = 2;

interface Stored {
  /** `partition@offset` of each row. */
  events: string[];
  letters: string[];
  checkpoints: Record<string, unknown>[];
}

(hasRelease() ? describe : describe.skip)(`an upgrade from ${RELEASE.version}`, () => {
  let root: string;
  let scenario: Scenario;
  let produced = 0;

  beforeAll(() => {
    root = buildRelease();
  });
  beforeEach(async () => {
    produced = 0;
    scenario = await Scenario.create('upgrade', { partitions: PARTITIONS });
  });
  afterEach(async () => {
    await scenario.cleanUp();
  });

  async function produce(): Promise<void> {
    const messages = Array.from({ length: MESSAGES }, (_, index) => ({
      ...(index % 10 === 0 ? { key: 'bad', value: 'no json' } : validOrder(produced + index)),
      partition: index % PARTITIONS,
    }));
    await scenario.produce(messages);
    produced += MESSAGES;
  }

  async function start(version: 'old' | 'new'): Promise<Ingester> {
    const ingester = await scenario.launchIngester({}, version === 'old' ? { root } : {});
    await ingester.untilReady();
    return ingester;
  }

  /** Runs 1.0.0, this version, 1.0.0 again, and this version, one after the other: a DuckDB file takes one process. */
  async function changeVersions(): Promise<void> {
    let running = await start('old');
    for (const version of ['new', 'old', 'new'] as const) {
      await produce();
      await scenario.untilSettled(running);
      await produce();
      expect(await running.stop()).toBe(0);
      if (version === 'new')
        expect(await operator(scenario.env, 'schema', 'apply')).toMatchObject({ code: 0 });
      running = await start(version);
      if (version === 'new') expect(running.output).not.toContain('unknown and has no effect');
    }
    await scenario.untilSettled(running);
    expect(await running.stop()).toBe(0);
  }

  async function expectEverythingOnce({ events, letters, checkpoints }: Stored): Promise<void> {
    const ends = await logEnds(BOOTSTRAP, scenario.topic);
    const all = [...ends].flatMap(([partition, end]) =>
      Array.from({ length: end }, (_, offset) => `${partition}@${offset}`),
    );
    expect(all).toHaveLength(produced);
    expect([...events, ...letters].sort()).toEqual(all.sort());
    expect(letters).toHaveLength(produced / 10);
    const ledger = checkpoints.map(({ PARTITION, NEXT_OFFSET, STORED, DEAD_LETTERED }) =>
      [PARTITION, NEXT_OFFSET, STORED, DEAD_LETTERED].map(Number),
    );
    for (const [partition = -1, next, stored = 0, lettered = 0] of ledger)
      expect([next, stored + lettered]).toEqual([ends.get(partition), ends.get(partition)]);
    expect(ledger).toHaveLength(PARTITIONS);

    expect(await operator(scenario.env, 'verify')).toMatchObject({ code: 0 });
    const redrive = await operator(scenario.env, 'dead-letters', 'redrive', '--all', '--force', '--json');
    expect(redrive).toMatchObject({ code: 0 });
    expect(JSON.parse(redrive.stdout)).toMatchObject({ sent: letters.length });
  }

  it('and back, on DuckDB: every message once, checkpoints and dead letters of either version serve the other', async () => {
    await changeVersions();
    const placeIn = (table: string) =>
      scenario
        .query(`SELECT EVENT_METADATA->>'partition' AS P, EVENT_METADATA->>'offset' AS O FROM ${table}`)
        .then((rows) => rows.map(({ P, O }) => `${String(P)}@${String(O)}`));
    await expectEverythingOnce({
      events: await placeIn('RAW_EVENTS_STREAM'),
      letters: await placeIn('SALES_EVENTS_DLQ'),
      checkpoints: await scenario.query('SELECT * FROM INGESTION_CHECKPOINTS'),
    });
  });
});
