import { Scenario } from './support/scenario.js';

describe('an invalid configuration prevents the start, with every fault reported at once', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('startup');
  });
  afterAll(() => scenario.cleanUp());

  it('reports every invalid setting, and exits with 78', async () => {
    const ingester = await scenario.launchIngester({
      METRICS_PORT: 'eight',
      BATCH_MIN_EVENTS: '0',
      WAREHOUSE: 'oracle',
    });
    expect(await ingester.exit()).toBe(78);
    for (const key of ['METRICS_PORT', 'BATCH_MIN_EVENTS', 'WAREHOUSE'])
      expect(ingester.output).toContain(key);
    expect(ingester.output).not.toMatch(/^\s+at /m);
  });

  it('reports missing topics together with a warehouse that cannot be opened', async () => {
    const ingester = await scenario.launchIngester({
      KAFKA_TOPIC_NAME: 'no_such_topic',
      DLQ_TOPIC: 'no_such_topic_dlq',
      DUCKDB_PATH: '/proc/no/such/folder/warehouse.duckdb',
    });
    expect(await ingester.exit()).toBe(1);
    expect(ingester.output).toContain('Kafka has no topic no_such_topic,');
    expect(ingester.output).toContain('Kafka has no topic no_such_topic_dlq,');
    expect(ingester.output).toContain('/proc/no/such/folder');
    expect(ingester.output).not.toMatch(/^\s+at /m);
  });

  it('rejects a new consumer group on a topic whose events are already stored, until it is confirmed', async () => {
    const first = await scenario.startIngester();
    expect(await first.stop()).toBe(0);
    const other = await scenario.launchIngester({ KAFKA_GROUP_ID: 'another-group' });
    expect(await other.exit()).toBe(1);
    expect(other.output).toContain(`stored by ${scenario.group}`);
    expect(other.output).toContain('KAFKA_ACCEPT_NEW_GROUP=true');
    const confirmed = await scenario.startIngester({
      KAFKA_GROUP_ID: 'another-group',
      KAFKA_ACCEPT_NEW_GROUP: 'true',
    });
    expect(await confirmed.stop()).toBe(0);
  });

  it('waits for a broker that is not available yet, alive but not ready, and still ends at SIGTERM', async () => {
    const ingester = await scenario.launchIngester({ KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1' });
    await ingester.until('told', () => ingester.output.includes('Waiting to start'));
    expect((await ingester.get('/health/live')).status).toBe(200);
    const { status, body } = await ingester.get('/health');
    expect(status).toBe(503);
    expect(body).toContain('Kafka');
    expect(await ingester.stop()).toBe(0);
  });

  it('reports a port that is in use', async () => {
    const first = await scenario.startIngester();
    const second = await scenario.launchIngester({ METRICS_PORT: new URL(first.url).port });
    expect(await second.exit()).toBe(1);
    expect(second.output).toContain('set METRICS_PORT to a free one');
    await first.stop();
  });
});
