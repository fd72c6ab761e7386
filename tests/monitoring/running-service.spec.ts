import { execFileSync } from 'node:child_process';
import { eventually } from '#testing';
import type { Ingester } from '../support/ingester.js';
import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { isOfFlink, panelExpressions, ruleExpressions, type Expression } from './expressions.js';
import { aWeekOf } from './history.js';
import { ALERTS, STREAMING_ALERTS } from './rule-files.js';
import { Alertmanager, Prometheus } from './servers.js';
import { Started } from './started.js';
import { describeWith } from './tools.js';
import { Traffic } from './traffic.js';
import { WebHook } from './web-hook.js';

/** Five minutes of the rules are half a minute here, which is more than the longest backoff of the service. */
const FACTOR = 10;
const EVENTS_PER_SECOND = 200;
const SYMPTOMS = ALERTS.filter(({ labels }) => labels['kind'] === 'symptom').map(({ alert }) => alert);

/** Without a listener, Node.js ends at the signal for a file that may not grow; with one, only the write fails. */
const SURVIVES_FULL_DISK = { NODE_OPTIONS: `--import=data:text/javascript,process.on('SIGXFSZ',()=>{})` };

/** Simulates a full disk: the process cannot write files beyond their first byte. */
function warehouseIsAway({ pid = 0 }: Ingester, isAway: boolean): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${isAway ? '1' : 'unlimited'}:`]);
}

describeWith(
  ['prometheus', 'promtool', 'prometheus-alertmanager', 'prlimit'],
  'Prometheus and Alertmanager at the running service',
  () => {
    let scenario: Scenario;
    let ingester: Ingester;
    let traffic: Traffic;
    let webHook: WebHook;
    let alertmanager: Alertmanager;
    let prometheus: Prometheus;
    const started = new Started();

    beforeAll(async () => {
      scenario = await Scenario.create('monitoring', { partitions: 2 });
      ingester = await scenario.startIngester({
        ...SURVIVES_FULL_DISK,
        // A busy machine must not look like an unavailable Kafka.
        KAFKA_SESSION_TIMEOUT_MS: '30000',
      });
      traffic = await started.keep(Traffic.start(scenario, EVENTS_PER_SECOND));
      webHook = await started.keep(WebHook.start());
      alertmanager = await started.keep(Alertmanager.start(scenario.folder, webHook.url));
      const archiver = await scenario.startArchiver({ KAFKA_SESSION_TIMEOUT_MS: '30000' });
      const jobs = { ingester: new URL(ingester.url).host, archiver: new URL(archiver.url).host };
      const target = { jobs, alertmanager: alertmanager.address };
      const history = aWeekOf({ consumed_rate: EVENTS_PER_SECOND, error_ratio: 0.002 }, FACTOR);
      prometheus = await started.keep(Prometheus.start(scenario.folder, target, { factor: FACTOR, history }));
    });

    afterAll(async () => {
      await started.stop();
      await scenario.cleanUp();
    });

    const told = () => webHook.notifications.map(({ receiver, alert, status }) => [receiver, alert, status]);

    it('an outage of the warehouse sends one alert to one receiver, and resolves it at its end', async () => {
      await eventually(
        async () => (await prometheus.query('ingestion:events_consumed:rate5m > 0')).length > 0,
        {
          timeoutMs: 60_000,
          describe: 'events flow',
        },
      );
      warehouseIsAway(ingester, true);
      await eventually(() => told().length > 0, { timeoutMs: 90_000, describe: 'an alert is sent' });
      // The outage lasts until a symptom fires too, which must reach Alertmanager but no receiver.
      await eventually(
        async () =>
          (await alertmanager.alerts()).some(
            ({ labels, status }) =>
              labels['alertname'] === 'NothingCommitted' && status.state === 'suppressed',
          ),
        { timeoutMs: 90_000, describe: 'NothingCommitted is suppressed' },
      );
      const others = (await prometheus.firing()).filter((alert) => alert !== 'WarehouseUnavailable');
      expect(others.filter((alert) => !SYMPTOMS.includes(alert))).toEqual([]);

      warehouseIsAway(ingester, false);
      await eventually(() => told().length > 1, { timeoutMs: 60_000, describe: 'the alert is resolved' });
      await eventually(async () => (await prometheus.firing()).length === 0, {
        timeoutMs: 60_000,
        describe: 'no alert fires',
      });
      expect(told()).toEqual([
        ['page', 'WarehouseUnavailable', 'firing'],
        ['page', 'WarehouseUnavailable', 'resolved'],
      ]);
      const [{ annotations } = { annotations: {} }] = webHook.notifications;
      expect(annotations).toMatchObject({
        description: expect.stringContaining(new URL(ingester.url).host),
        runbook_url: expect.stringMatching(/runbook\.md#warehouseunavailable$/),
      });
    });

    it('every expression of every panel and every rule has data', async () => {
      // A series of errors begins with the first error of its code: streaming-service.spec.ts causes those.
      const rules = ruleExpressions(FACTOR).filter(
        ({ where }) => !STREAMING_ALERTS.some((alert) => where === `rule ${alert}`),
      );
      const all = [...panelExpressions('6s'), ...rules].filter((each) => !isOfFlink(each));
      const [ofTransactions, ofTraffic] = [true, false].map((which) =>
        all.filter(({ expression }) => expression.includes('kafka_open_transaction') === which),
      );
      expect(ofTraffic?.length).toBeGreaterThan(90);
      expect(await withoutData(ofTraffic ?? [])).toEqual([]);

      // Has a value only during an open transaction, which would delay everything else.
      const producer = scenario.kafka.producer({
        transactionalId: scenario.topic,
        idempotent: true,
        maxInFlightRequests: 1,
      });
      await producer.connect();
      const transaction = await producer.transaction();
      await transaction.send({ topic: scenario.topic, messages: [validOrder()] });
      try {
        expect(await withoutData(ofTransactions ?? [])).toEqual([]);
      } finally {
        await transaction.abort();
        await producer.disconnect();
      }
    });

    /** Waits until each expression has a value; returns those without one. */
    async function withoutData(expressions: readonly Expression[]): Promise<string[]> {
      const open = new Map(expressions.map((each) => [`${each.where}: ${each.expression}`, each]));
      await eventually(
        async () => {
          for (const [name, { expression }] of open) {
            const samples = await prometheus.query(expression);
            if (samples.some(({ value }) => Number.isFinite(Number(value[1])))) open.delete(name);
          }
          return open.size === 0;
        },
        { timeoutMs: 60_000, describe: 'all have a value' },
      ).catch(() => undefined);
      return [...open.keys()];
    }

    it('has lost nothing in the outage', async () => {
      await traffic.stop();
      const settled = async () =>
        (await ingester.metric('snowflake_events_inserted_total')) +
        (await ingester.metric('dlq_messages_total'));
      await ingester.until('all are settled', async () => (await settled()) >= traffic.sent);
      await ingester.untilMetric('kafka_lag', 0);
      expect(await settled()).toBe(traffic.sent);
    });
  },
);
