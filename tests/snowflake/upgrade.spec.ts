import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { PREDECESSOR_TABLES, SnowflakeEndpoint } from '#snowflake-endpoint';
import { eventually } from '#testing';
import { environmentOf, operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const MESSAGES = 400;

let scenario: Scenario;
let endpoint: SnowflakeEndpoint;

beforeEach(async () => {
  scenario = await Scenario.create('upgrade');
  endpoint = await SnowflakeEndpoint.start();
  for (const sql of PREDECESSOR_TABLES) await endpoint.run(sql);
  await scenario.produce(Array.from({ length: MESSAGES }, (_, id) => validOrder(id)));
});
afterEach(async () => {
  await scenario.cleanUp();
  await endpoint.close();
});

/** Rows of the Python service in RAW_EVENTS_STREAM: every message in [first, end). */
function stored(end: number, first = 0): void {
  endpoint.seed(
    'RAW_EVENTS_STREAM',
    Array.from({ length: end - first }, (_, index) => ({
      EVENT_TYPE: 'ORDER_CREATED',
      PRODUCT_ID: 1,
      CUSTOMER_ID: 1,
      EVENT_METADATA: { topic: scenario.topic, partition: 0, offset: first + index },
      EVENT_CONTENT: { event_type: 'ORDER_CREATED' },
    })),
  );
}

/** Rows of a batch that it staged but did not insert. */
function staged(first: number, end: number): void {
  endpoint.seed(
    'STG_RAW_EVENTS_STREAM',
    Array.from({ length: end - first }, (_, index) => ({
      EVENT_METADATA_V: JSON.stringify({ topic: scenario.topic, partition: 0, offset: first + index }),
      EVENT_CONTENT_V: '{"event_type":"ORDER_CREATED"}',
    })),
  );
}

async function committed(offset: number): Promise<void> {
  const admin = scenario.kafka.admin();
  await admin.connect();
  try {
    const partitions = [{ partition: 0, offset: String(offset) }];
    await admin.setOffsets({ groupId: scenario.group, topic: scenario.topic, partitions });
  } finally {
    await admin.disconnect();
  }
}

function storedOffsets(): number[] {
  return endpoint
    .table('RAW_EVENTS_STREAM')
    .map(({ EVENT_METADATA }) => (EVENT_METADATA as { offset: number }).offset)
    .sort((one, other) => one - other);
}

const EVERY_OFFSET = Array.from({ length: MESSAGES }, (_, offset) => offset);

describe('the tables and offsets that the Python service leaves', () => {
  it.each([
    ['it was stopped between two batches', { rows: 200, offset: 200, left: null }],
    ['it was killed between its COMMIT and its Kafka commit', { rows: 300, offset: 200, left: null }],
    [
      'it was killed with a batch that was staged but not inserted',
      { rows: 200, offset: 200, left: { first: 200, end: 300 } },
    ],
    ['it never ran', { rows: 0, offset: null, left: null }],
  ] as const)('are gone on with, every message once: %s', async (_what, { rows, offset, left }) => {
    stored(rows);
    if (left !== null) staged(left.first, left.end);
    if (offset !== null) await committed(offset);
    const { code, stderr } = await operator(snowflakeEnv(endpoint), 'schema', 'apply');
    expect({ code, stderr }).toMatchObject({ code: 0 });

    const ingester = await scenario.startIngester(snowflakeEnv(endpoint));
    await ingester.until('every message', () => storedOffsets().length >= MESSAGES);
    await ingester.untilMetric('kafka_lag', 0);
    await ingester.until('no staged row', () => endpoint.count('STG_RAW_EVENTS_STREAM') === 0);
    expect(await ingester.stop()).toBe(0);

    expect(storedOffsets()).toEqual(EVERY_OFFSET);
    expect(endpoint.table('INGESTION_CHECKPOINTS')).toContainEqual(
      expect.objectContaining({ FIRST_OFFSET: rows, NEXT_OFFSET: MESSAGES, STORED: MESSAGES - rows }),
    );
    expect(await scenario.committedOffsets()).toEqual(new Map([[0, MESSAGES]]));
    expect(ingester.output.includes("Deleted 100 staged rows of this service's predecessor")).toBe(
      left !== null,
    );
  });

  it('are detected if it ran again in between, and every message is stored once after the documented fix', async () => {
    await operator(snowflakeEnv(endpoint), 'schema', 'apply');
    const ingester = await scenario.startIngester(snowflakeEnv(endpoint));
    await ingester.untilMetric('snowflake_events_inserted_total', MESSAGES);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);

    await scenario.produce(Array.from({ length: 150 }, (_, id) => validOrder(id)));
    stored(MESSAGES + 100, MESSAGES);
    await committed(MESSAGES + 100);
    const held = await scenario.launchIngester(snowflakeEnv(endpoint));
    await held.until('held', async () => (await held.metric('kafka_partitions_held')) === 1);
    const { body } = await held.get('/health');
    expect(body).toContain('OTHER_COMMITTER');
    expect(await held.stop()).toBe(0);

    const [, way = ''] = /`operator (checkpoints set [^`]+)`/.exec(body) ?? [];
    const env = { ...environmentOf(scenario), ...snowflakeEnv(endpoint) };
    expect(await operator(env, ...way.split(' '))).toMatchObject({ code: 0, stderr: '' });
    const next = await scenario.startIngester(snowflakeEnv(endpoint));
    await next.untilMetric('snowflake_events_inserted_total', 50);
    await next.untilMetric('kafka_lag', 0);
    expect(await next.stop()).toBe(0);
    expect(storedOffsets()).toEqual(Array.from({ length: MESSAGES + 150 }, (_, offset) => offset));
  });

  it('keep their staged rows while a member of another service is in the group', async () => {
    staged(0, 100);
    await operator(snowflakeEnv(endpoint), 'schema', 'apply');
    const foreign = await foreignMember();
    const ingester = await scenario.startIngester(snowflakeEnv(endpoint));
    await ingester.until('the warning', () => ingester.output.includes('not this service: kafka-python'));
    expect(endpoint.count('STG_RAW_EVENTS_STREAM')).toBe(100);

    await foreign.disconnect();
    await ingester.until('the rows are deleted', () => ingester.output.includes('Deleted 100 staged rows'));
    expect(endpoint.count('STG_RAW_EVENTS_STREAM')).toBe(0);
    expect(ingester.output.match(/Deleted 100 staged rows/g)).toHaveLength(1);
    expect(await ingester.stop()).toBe(0);
  });

  it('are rejected with a list of every wrong column', async () => {
    await endpoint.run('ALTER TABLE RAW_EVENTS_STREAM DROP COLUMN CUSTOMER_ID');
    await endpoint.run('ALTER TABLE RAW_EVENTS_STREAM DROP COLUMN PRODUCT_ID');
    await endpoint.run('ALTER TABLE RAW_EVENTS_STREAM ADD COLUMN PRODUCT_ID VARCHAR');
    await operator(snowflakeEnv(endpoint), 'schema', 'apply');
    const ingester = await scenario.launchIngester(snowflakeEnv(endpoint));
    expect(await ingester.exit()).toBe(1);
    expect(ingester.output).toMatch(/RAW_EVENTS_STREAM.*CUSTOMER_ID/);
    expect(ingester.output).toMatch(/RAW_EVENTS_STREAM.*PRODUCT_ID/);
    expect(endpoint.count('RAW_EVENTS_STREAM')).toBe(0);
  });
});

/** A group member like the Python service, which takes no partition of the topic. */
async function foreignMember(): Promise<Consumer> {
  const kafka = new Kafka({
    clientId: 'kafka-python-2.0.2',
    brokers: [BOOTSTRAP],
    logLevel: logLevel.NOTHING,
  });
  const consumer = kafka.consumer({ groupId: scenario.group, sessionTimeout: 6_000 });
  await consumer.connect();
  await consumer.subscribe({ topic: scenario.topic });
  let isMember = false;
  consumer.on(consumer.events.GROUP_JOIN, () => (isMember = true));
  await consumer.run({ eachMessage: () => Promise.resolve() });
  await eventually(() => isMember, { describe: 'the foreign member' });
  return consumer;
}
