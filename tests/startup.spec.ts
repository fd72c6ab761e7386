import { Scenario } from './support/scenario.js';

describe('what cannot be right is refused at start, with every fault named at once', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('startup');
  });
  afterAll(() => scenario.cleanUp());

  it('names every setting that is wrong, and ends with 78', async () => {
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

  it('names topics that do not exist together with a warehouse that cannot be opened', async () => {
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

  it('refuses a new consumer group on a topic whose events are stored, until that is confirmed', async () => {
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

  it('waits for a broker that is not there yet, alive but not ready, and ends at SIGTERM meanwhile', async () => {
    const ingester = await scenario.launchIngester({ KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1' });
    await ingester.until('told', () => ingester.output.includes('Waiting to start'));
    expect((await ingester.get('/health/live')).status).toBe(200);
    const { status, body } = await ingester.get('/health');
    expect(status).toBe(503);
    expect(body).toContain('Kafka');
    expect(await ingester.stop()).toBe(0);
  });

  it('says which port is taken', async () => {
    const first = await scenario.startIngester();
    const second = await scenario.launchIngester({ METRICS_PORT: new URL(first.url).port });
    expect(await second.exit()).toBe(1);
    expect(second.output).toContain('set METRICS_PORT to a free one');
    await first.stop();
  });
});
