import { Scenario } from '../support/scenario.js';
import { validOrder } from '../support/bad-input.js';

const orders = (first: number, count: number) =>
  Array.from({ length: count }, (_, id) => ({ ...validOrder(first + id), partition: 0 }));

describe('an unchanged topic, whatever is at the position read last', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('same');
  });
  afterAll(() => scenario.cleanUp());

  async function aborted(count: number): Promise<void> {
    const producer = scenario.kafka.producer({
      transactionalId: scenario.topic,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic: scenario.topic, messages: orders(0, count) });
    await transaction.abort();
    await producer.disconnect();
  }

  /** Runs the service until nothing waits; returns the checkpoint. */
  async function read(stored: number) {
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('snowflake_events_inserted_total', stored);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.metric('kafka_partitions_held')).toBe(0);
    expect(await ingester.stop()).toBe(0);
    const [checkpoint] = await scenario.query(
      'SELECT NEXT_OFFSET, STORED, GAPS, LOST, LAST_TIMESTAMP_MS IS NULL AS NO_TIME FROM INGESTION_CHECKPOINTS',
    );
    return checkpoint;
  }

  it('continues to be read: after a message, an aborted transaction, its marker, and a log emptied up to there', async () => {
    await scenario.produce(orders(0, 10));
    expect(await read(10)).toEqual({
      NEXT_OFFSET: '10',
      STORED: '10',
      GAPS: '0',
      LOST: '0',
      NO_TIME: 'false',
    });
    await aborted(5);
    expect(await read(0)).toMatchObject({ NEXT_OFFSET: '16', STORED: '10', GAPS: '6', NO_TIME: 'false' });
    await scenario.produce(orders(10, 4));
    expect(await read(4)).toMatchObject({ NEXT_OFFSET: '20', STORED: '14', GAPS: '6', NO_TIME: 'false' });

    const admin = scenario.kafka.admin();
    await admin.connect();
    // kafkajs does not fetch the topic's metadata by itself before it deletes records.
    await admin.fetchTopicOffsets(scenario.topic);
    await admin.deleteTopicRecords({ topic: scenario.topic, partitions: [{ partition: 0, offset: '20' }] });
    await admin.disconnect();
    await scenario.produce(orders(14, 1));
    expect(await read(1)).toMatchObject({ NEXT_OFFSET: '21', STORED: '15', GAPS: '6', LOST: '0' });
  });
});
