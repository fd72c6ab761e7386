import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';

const orders = (partition: number, first: number, count: number) =>
  Array.from({ length: count }, (_, id) => ({ ...validOrder(first + id), partition }));

describe('partitions that are added while the service runs', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('added', { partitions: 1 });
  });
  afterAll(() => scenario.cleanUp());

  it('are found and read from their beginning, including what was produced before', async () => {
    const ingester = await scenario.startIngester({ KAFKA_METADATA_MAX_AGE_MS: '1000' });
    await scenario.produce(orders(0, 0, 10));
    await ingester.untilMetric('snowflake_events_inserted_total', 10);

    const admin = scenario.kafka.admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic: scenario.topic, count: 3 }] });
    await admin.disconnect();
    await scenario.produce([...orders(1, 100, 20), ...orders(2, 200, 20), ...orders(0, 300, 5)]);

    await ingester.untilMetric('snowflake_events_inserted_total', 55);
    await ingester.untilMetric('assigned_partitions', 3);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    const checkpoints = await scenario.query(
      'SELECT "PARTITION", FIRST_OFFSET, NEXT_OFFSET, STORED FROM INGESTION_CHECKPOINTS ORDER BY "PARTITION"',
    );
    expect(checkpoints).toEqual(
      [15, 20, 20].map((count, partition) => ({
        PARTITION: String(partition),
        FIRST_OFFSET: '0',
        NEXT_OFFSET: String(count),
        STORED: String(count),
      })),
    );
  });
});
