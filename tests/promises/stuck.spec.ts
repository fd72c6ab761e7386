import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { KafkaBroker, REPOSITORY_ROOT } from '#testing';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

/** Harmless to a process that does not listen for it. */
const SIGNAL = 'SIGWINCH';

/** Code that is loaded into the service first, and breaks it at the signal. */
function atSignal(happens: string, before = ''): Record<string, string> {
  const code = `${before};process.on('${SIGNAL}',()=>{${happens}})`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

const KEEP_CONSUMER = `
  import { createRequire } from 'node:module';
  const { Kafka } = createRequire('${REPOSITORY_ROOT}/package.json')('kafkajs');
  const make = Kafka.prototype.consumer;
  Kafka.prototype.consumer = function (...options) { return (globalThis.consumer = make.apply(this, options)); }`;

const PROBE_TIMEOUT_MS = 5_000;

/** Probes like Kubernetes: a late response fails like a status other than 200. */
async function probe(ingester: Ingester, path: '/health' | '/health/live'): Promise<number | 'no answer'> {
  return ingester.get(path, PROBE_TIMEOUT_MS).then(
    ({ status }) => status,
    () => 'no answer',
  );
}

const isReady = async (ingester: Ingester) => (await probe(ingester, '/health')) === 200;

describe('promise 7: a stuck pod is detected', () => {
  let scenario: Scenario;
  afterEach(() => scenario.cleanUp());

  it('a consumer that died inside a running process: first not ready, then not alive', async () => {
    scenario = await Scenario.create('stuck');
    const ingester = await scenario.startIngester({
      ...atSignal('consumer.stop()', KEEP_CONSUMER),
      READY_MAX_FAULT_MS: '1000',
      LIVE_MAX_SILENCE_MS: '20000',
    });
    ingester.signal(SIGNAL);
    await ingester.until('not ready', async () => !(await isReady(ingester)), 60_000);
    const isTold = /the Kafka consumer has done nothing for \d+ s/;
    await ingester.until('told', async () => isTold.test((await ingester.get('/health')).body), 60_000);
    expect(await probe(ingester, '/health/live')).toBe(200);
    expect(await ingester.metric('not_ready', { reason: 'kafka' })).toBe(1);
    await ingester.until('not alive', async () => (await probe(ingester, '/health/live')) === 503, 60_000);
    // The process can still shut down cleanly.
    expect(await ingester.stop()).toBe(0);
  });

  it('a blocked event loop: probes get no response', async () => {
    scenario = await Scenario.create('stuck');
    const ingester = await scenario.startIngester(atSignal('for (;;);'));
    ingester.signal(SIGNAL);
    // A probe may arrive before the signal.
    const isSilent = async () => (await probe(ingester, '/health/live')) === 'no answer';
    await ingester.until('no answer', isSilent, 30_000);
    expect(await probe(ingester, '/health')).toBe('no answer');
  });

  it('a broker that is away longer than a consumer may be silent: not ready but always alive, then ready again', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'stuck-broker-'));
    const broker = await KafkaBroker.start({ dataDir });
    try {
      scenario = await Scenario.create('stuck', { bootstrap: broker.bootstrapServer });
      const ingester = await scenario.startIngester({
        READY_MAX_FAULT_MS: '1000',
        LIVE_MAX_SILENCE_MS: '20000',
      });
      await scenario.produce(Array.from({ length: 10 }, () => validOrder()));
      await ingester.untilMetric('snowflake_events_inserted_total', 10);
      const lives: unknown[] = [];
      const aliveUntil = (describe: string, condition: () => unknown) =>
        ingester.until(
          describe,
          async () => {
            lives.push(await probe(ingester, '/health/live'));
            return condition();
          },
          90_000,
        );

      await broker.stop();
      const awaySince = performance.now();
      await aliveUntil('not ready', async () => !(await isReady(ingester)));
      await aliveUntil('away for long', () => performance.now() - awaySince > 25_000);
      await broker.restart();
      await aliveUntil('ready again', () => isReady(ingester));
      await scenario.produce(Array.from({ length: 10 }, () => validOrder()));
      await aliveUntil(
        'all stored',
        async () => (await ingester.metric('snowflake_events_inserted_total')) === 20,
      );
      expect(new Set(lives)).toEqual(new Set([200]));
    } finally {
      await broker.kill();
      await rm(dataDir, { recursive: true });
    }
  });
});

describe('promise 7: a warehouse', () => {
  let scenario: Scenario;
  let endpoint: SnowflakeEndpoint;
  let ingester: Ingester;
  beforeAll(async () => {
    scenario = await Scenario.create('stuck');
    endpoint = await SnowflakeEndpoint.start();
    await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    ingester = await scenario.startIngester({
      ...snowflakeEnv(endpoint),
      READY_MAX_FAULT_MS: '1000',
      SNOWFLAKE_REQUEST_TIMEOUT_MS: '30000',
    });
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await endpoint.close();
  });

  it('gets no requests from probes and scrapes', async () => {
    const before = endpoint.journal.requests;
    for (let round = 0; round < 50; round += 1) {
      for (const path of ['/health', '/health/live', '/metrics'])
        expect((await ingester.get(path)).status).toBe(200);
    }
    expect(endpoint.journal.requests).toBe(before);
  });

  it('that is silent makes the service unready long before the request times out, but not dead, until it responds', async () => {
    endpoint.addFault({ on: '*', kind: 'silence', point: 'before', times: Infinity });
    await scenario.produce(Array.from({ length: 10 }, () => validOrder()));
    await ingester.until('not ready', async () => !(await isReady(ingester)), 60_000);
    expect((await ingester.get('/health')).body).toMatch(/one attempt to write a batch has taken \d+ s/);
    expect(await ingester.metric('not_ready', { reason: 'warehouse' })).toBe(1);
    expect(await ingester.metric('faults_total', { stage: 'warehouse' })).toBe(0);
    expect(await probe(ingester, '/health/live')).toBe(200);
    // A request without a response becomes a fault in the end, which is no reason to restart either.
    await ingester.until(
      'a fault',
      async () => (await ingester.metric('faults_total', { stage: 'warehouse' })) > 0,
      60_000,
    );
    expect(await probe(ingester, '/health/live')).toBe(200);
    endpoint.faults.clear();
    await ingester.until('stored', () => endpoint.table('RAW_EVENTS_STREAM').length === 10, 90_000);
    await ingester.untilReady();
  });
});
