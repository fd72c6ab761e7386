import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KafkaBroker } from '#testing';
import { validOrder } from '../support/bad-input.js';
import { describeInBrowser, launchBrowser, Visit } from '../support/browser.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';

/** Connections stay open but get no responses, so there is no error. */
describe('promise 7: a frozen broker', () => {
  let dataDir: string;
  let broker: KafkaBroker;
  let scenario: Scenario;
  let ingester: Ingester;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'frozen-broker-'));
    broker = await KafkaBroker.start({ dataDir });
    scenario = await Scenario.create('frozen', { bootstrap: broker.bootstrapServer });
    // Long enough to observe both states on a busy machine.
    ingester = await scenario.startIngester({ READY_MAX_FAULT_MS: '20000' });
    await scenario.produce([validOrder(), validOrder()]);
    await ingester.untilMetric('snowflake_events_inserted_total', 2);
  });
  afterEach(async () => {
    freeze(false);
    await untilCalm();
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await broker.kill();
    await rm(dataDir, { recursive: true });
  });

  function freeze(isFrozen: boolean): void {
    process.kill(broker.pid ?? NaN, isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  const health = () => ingester.get('/health');
  const hasSeries = async (name: string) => (await ingester.get('/metrics')).body.includes(`\n${name}{`);
  const untilCalm = () =>
    ingester.until(
      'ready without trouble',
      async () => {
        const { status, body } = await health();
        return status === 200 && !body.includes('retrying') && (await hasSeries('kafka_lag'));
      },
      60_000,
    );

  it('is reported within seconds: health and the log say that it is retried, and no lag is shown', async () => {
    freeze(true);
    await ingester.until('told', async () => (await health()).body.includes('NO_ANSWER'));
    const { status, body } = await health();
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      details: { ingestion: { retrying: expect.arrayContaining([expect.stringContaining('NO_ANSWER')]) } },
    });
    expect(ingester.log()).toContainEqual(
      expect.objectContaining({ event: 'faulted', stage: 'log_ends', code: 'NO_ANSWER', level: 'warn' }),
    );
    await ingester.until('no lag', async () => !(await hasSeries('kafka_lag')));
    // After the session timeout the group has reassigned the partitions.
    await ingester.untilMetric('assigned_partitions', 0);
    await ingester.until('not ready', async () => (await health()).status === 503, 60_000);
    expect(await ingester.metric('not_ready', { reason: 'log_ends' })).toBe(1);

    freeze(false);
    await untilCalm();
    expect(await ingester.metric('kafka_lag')).toBe(0);
    expect(await ingester.metric('assigned_partitions')).toBe(1);
    expect(ingester.log()).toContainEqual(expect.objectContaining({ event: 'recovered', stage: 'log_ends' }));
  });

  describeInBrowser('on the page', () => {
    it('is "Retrying", then "Not ready" in red, with the last known lag', async () => {
      const browser = await launchBrowser();
      try {
        const visit = await Visit.to(browser, ingester.url);
        const shows = (selector: string, text: string) =>
          ingester.until(
            `${selector} shows ${text}`,
            async () => (await visit.text(selector)).includes(text),
            60_000,
          );
        const color = (name: string) =>
          visit.value<string>(
            `(() => { const it = document.createElement('i'); it.style.color = 'var(--${name})';
              document.body.append(it); return getComputedStyle(it).color; })()`,
          );
        const shownColor = () =>
          visit.value<string>(`getComputedStyle(document.getElementById('readiness')).color`);
        await shows('#readiness', 'Ready');
        await shows('#lag-more', '1 partition');

        freeze(true);
        await shows('#readiness', 'Retrying');
        await shows('#reasons', 'NO_ANSWER');
        expect(await visit.page.title()).toMatch(/^Retrying: /);
        await shows('#lag-more', 'as of');
        await shows('#readiness', 'Not ready');
        expect(await shownColor()).toBe(await color('red'));

        freeze(false);
        await shows('#readiness', 'Ready');
        await shows('#lag-more', '1 partition');
      } finally {
        await browser.close();
      }
    });
  });
});
