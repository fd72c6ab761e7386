import { createTopic, eventually } from '#testing';
import { environmentOf, operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';

const admin = async <T>(
  scenario: Scenario,
  work: (admin: ReturnType<Scenario['kafka']['admin']>) => Promise<T>,
) => {
  const connected = scenario.kafka.admin();
  await connected.connect();
  try {
    return await work(connected);
  } finally {
    await connected.disconnect();
  }
};

const orders = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ ...validOrder(id), partition: 0 }));

describe('a topic that has changed', () => {
  let scenario: Scenario;
  afterEach(() => scenario.cleanUp());

  const checkpoint = async () => (await scenario.query('SELECT * FROM INGESTION_CHECKPOINTS'))[0];

  /** Returns the output of the service. */
  async function stored(count: number): Promise<string> {
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('snowflake_events_inserted_total', count);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    return ingester.output;
  }

  async function madeAnew(): Promise<void> {
    await admin(scenario, (kafka) => kafka.deleteTopics({ topics: [scenario.topic] }));
    await eventually(() => createTopic(BOOTSTRAP, scenario.topic), { describe: 'the topic is recreated' });
  }

  it('is not read after it was recreated until its checkpoint is set as the message says', async () => {
    scenario = await Scenario.create('past');
    await scenario.produce(orders(50));
    await stored(50);
    await madeAnew();
    await scenario.produce(orders(10));

    const held = await scenario.launchIngester();
    await held.until('held', async () => (await held.metric('kafka_partitions_held')) === 1);
    const { status, body } = await held.get('/health');
    expect(status).toBe(503);
    const [, wayOut = ''] = /run `npm run operator -- (checkpoints set [^`]+)`/.exec(body) ?? [];
    expect(wayOut).toBe('checkpoints set --partition 0 --to earliest --yes');
    expect(await held.stop()).toBe(0);
    expect(await checkpoint()).toMatchObject({ NEXT_OFFSET: '50' });

    expect(await operator(environmentOf(scenario), ...wayOut.split(' '))).toMatchObject({
      code: 0,
      stderr: '',
    });
    await stored(10);
    expect(await checkpoint()).toMatchObject({ FIRST_OFFSET: '0', NEXT_OFFSET: '10', STORED: '10' });
  });

  async function produceInTransaction(count: number): Promise<void> {
    const producer = scenario.kafka.producer({
      transactionalId: scenario.topic,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: scenario.topic, messages: orders(count) });
    await transaction.commit();
    await producer.disconnect();
  }

  it('is not read after it was recreated and has grown past the checkpoint, behind a transaction', async () => {
    scenario = await Scenario.create('past');
    await produceInTransaction(20);
    await stored(20);
    await madeAnew();
    await scenario.produce(orders(30));

    const held = await scenario.launchIngester();
    await held.until('held', async () => (await held.metric('kafka_partitions_held')) === 1);
    const { status, body } = await held.get('/health');
    expect(status).toBe(503);
    expect(body).toMatch(/another topic of the same name: the record at offset 20 had the time/);
    expect(await held.stop()).toBe(0);
    expect(await checkpoint()).toMatchObject({ NEXT_OFFSET: '21', STORED: '20' });
  });

  it('is not read if that happens while the service runs', async () => {
    scenario = await Scenario.create('past');
    await scenario.produce(orders(20));
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('snowflake_events_inserted_total', 20);
    await madeAnew();
    await scenario.produce(orders(30));

    await ingester.until('held', async () => (await ingester.metric('kafka_partitions_held')) === 1);
    expect((await ingester.get('/health')).body).toMatch(
      /another topic of the same name|below the checkpoint/,
    );
    expect(await ingester.stop()).toBe(0);
    expect(await checkpoint()).toMatchObject({ NEXT_OFFSET: '20', STORED: '20' });
  });

  it('has its unread messages that retention deleted counted and reported, and the rest stored', async () => {
    scenario = await Scenario.create('past');
    await scenario.produce(orders(20));
    await stored(20);
    await scenario.produce(orders(30));
    await admin(scenario, async (kafka) => {
      // kafkajs does not fetch the topic's metadata by itself before it deletes records.
      await kafka.fetchTopicOffsets(scenario.topic);
      await kafka.deleteTopicRecords({
        topic: scenario.topic,
        partitions: [{ partition: 0, offset: '35' }],
      });
    });
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('snowflake_events_inserted_total', 15);
    expect(await ingester.metric('lost_messages_total')).toBe(15);
    expect(await ingester.stop()).toBe(0);
    expect(ingester.output).toMatch(/20.*34|20.*35/);
    expect(await checkpoint()).toMatchObject({ NEXT_OFFSET: '50', STORED: '35', LOST: '15' });
  });

  it('is stored once, whatever offsets somebody sets for the group', async () => {
    scenario = await Scenario.create('past');
    await scenario.produce(orders(40));
    await stored(40);
    const partitions = [{ partition: 0, offset: '5' }];
    await admin(scenario, (kafka) =>
      kafka.setOffsets({ groupId: scenario.group, topic: scenario.topic, partitions }),
    );
    await scenario.produce(orders(10));
    const output = await stored(10);
    expect(output).toContain(
      "the group's committed offset is 5, the checkpoint 40; reading continues at the checkpoint",
    );
    expect(await checkpoint()).toMatchObject({ NEXT_OFFSET: '50', STORED: '50' });
    expect(await scenario.committedOffsets()).toEqual(new Map([[0, 50]]));
  });
});
