import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';

describe('promise 7: a service whose topic was deleted', () => {
  let scenario: Scenario;
  afterAll(() => scenario.cleanUp());

  it('reports the cause and restarts its consumer with a growing backoff', async () => {
    scenario = await Scenario.create('gone');
    const ingester = await scenario.startIngester();
    await scenario.produce([validOrder()]);
    await ingester.untilMetric('snowflake_events_inserted_total', 1);
    const admin = scenario.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [scenario.topic] });
    await admin.disconnect();

    const kafka = (event: string) =>
      ingester.log().filter((line) => line['event'] === event && line['stage'] === 'kafka');
    const restarts = () => ingester.metric('faults_total', { stage: 'kafka', class: 'setup' });
    await ingester.until('restarted', async () => (await restarts()) >= 2, 60_000);
    const [first, second] = kafka('faulted').map(({ waitMs }) => Number(waitMs));
    expect(first).toBeGreaterThanOrEqual(1_000);
    expect(second).toBeGreaterThanOrEqual(2 * 1_000);
    // Joining the group works without the topic and does not count as a recovery.
    expect(kafka('recovered')).toEqual([]);
    // An outdated lag is not shown: 0 would suggest that all is well.
    const lag = async () => /^kafka_lag\{.*$/m.exec((await ingester.get('/metrics')).body);
    await ingester.until('no lag is shown', async () => (await lag()) === null);
    const { status, body } = await ingester.get('/health');
    expect(status).toBe(503);
    expect(body).toContain('UNKNOWN_TOPIC_OR_PARTITION');
  });
});
