import type { ArmedFault, FaultKind } from '#snowflake-endpoint';
import { eventually } from '#testing';
import { StreamingWarehouse } from '#testing/warehouse-contract';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '#warehouse';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';
import { ruleExpressions } from './expressions.js';
import { STREAMING_ALERTS } from './rule-files.js';
import { Prometheus } from './servers.js';
import { Started } from './started.js';
import { describeWith } from './tools.js';
import { Traffic } from './traffic.js';

/** Fifteen minutes of the rules are a minute and a half here, in which a member can lose its channels often enough. */
const FACTOR = 10;
const EVENTS_PER_SECOND = 50;

describeWith(['prometheus'], 'Prometheus at a service on Snowpipe Streaming', () => {
  let warehouse: StreamingWarehouse;
  let scenario: Scenario;
  let ingester: Ingester;
  let traffic: Traffic;
  let prometheus: Prometheus;
  const started = new Started();

  beforeAll(async () => {
    warehouse = await StreamingWarehouse.startStreaming();
    scenario = await Scenario.create('streaming-alerts');
    ingester = await scenario.startIngester({
      ...snowflakeEnv(warehouse.endpoint),
      SNOWFLAKE_AUTHENTICATOR: 'programmatic_access_token',
      SNOWFLAKE_TOKEN: 'token',
      SNOWFLAKE_INGEST: 'streaming',
      // The least: NOT_COMMITTED follows it.
      SNOWFLAKE_REQUEST_TIMEOUT_MS: '1000',
    });
    traffic = await started.keep(Traffic.start(scenario, EVENTS_PER_SECOND));
    const jobs = { ingester: new URL(ingester.url).host };
    prometheus = await started.keep(Prometheus.start(scenario.folder, { jobs }, { factor: FACTOR }));
  });

  afterAll(async () => {
    await started.stop();
    await scenario.cleanUp();
    await warehouse.close();
  });

  const refusal = (status: number, code: string): FaultKind => ({ kind: 'streaming-error', status, code });
  const stored = () => warehouse.endpoint.streaming.channels.reduce((sum, { inserted }) => sum + inserted, 0);

  /** Fails an append each time that rows were stored, so that no backoff grows. */
  function eachAppend(fault: FaultKind, times = 1): () => void {
    let armed: ArmedFault | null = null;
    let before = 0;
    return () => {
      if (armed !== null && (!armed.spent || stored() === before)) return;
      before = stored();
      armed = warehouse.endpoint.addFault({ ...fault, on: 'append-rows', times });
    };
  }

  const STRIKES: Record<string, () => void> = {
    RowsRejected: () => {
      // Dead letters and the ledger are stored.
      warehouse.endpoint.streaming.refuses = (row) => ('EVENT_CONTENT' in row ? 'not for this table' : null);
    },
    StreamingNotCommitted: () => {
      warehouse.endpoint.streaming.commitDelayMs = Infinity;
    },
    // As often as the client sends.
    StreamingThrottled: eachAppend(refusal(429, 'TOO_MANY'), 4),
    StreamingChannelsInvalidated: eachAppend({
      kind: 'channel-invalidated',
      code: 'ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP',
    }),
    StreamingFenced: eachAppend(refusal(400, 'STALE_CONTINUATION_TOKEN_SEQUENCER')),
  };

  it('has a case for each alert about Snowpipe Streaming', () => {
    expect(Object.keys(STRIKES).sort()).toEqual(['RowsRejected', ...STREAMING_ALERTS].sort());
  });

  it.each(Object.entries(STRIKES))('%s fires on its fault', async (alert, strike) => {
    const { endpoint } = warehouse;
    await eventually(
      async () => {
        strike();
        return (await prometheus.firing()).includes(alert);
      },
      { timeoutMs: 180_000, describe: `${alert} fires` },
    );
    endpoint.faults.clear();
    endpoint.streaming.refuses = () => null;
    endpoint.streaming.commitDelayMs = 5;
    endpoint.streaming.commitPending();

    const rules = ruleExpressions(FACTOR).filter(({ where }) => where === `rule ${alert}`);
    for (const { expression } of rules) expect(await prometheus.query(expression)).not.toEqual([]);
  });

  it('has stored each event once through all of these faults', async () => {
    await traffic.stop();
    const places = () =>
      [RAW_EVENTS_STREAM, SALES_EVENTS_DLQ]
        .flatMap(({ name }) => warehouse.endpoint.table(name))
        .map(({ EVENT_METADATA: at }) => {
          const { partition, offset } = at as { partition: number; offset: number };
          return `${partition}@${offset}`;
        });
    await ingester.until('all are stored', async () => new Set(places()).size >= traffic.sent);
    await ingester.untilMetric('kafka_lag', 0);
    expect(places()).toHaveLength(traffic.sent);
  });
});
