import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import type { Ingester } from '../support/ingester.js';

describe('promise 4: when nothing new arrives, everything is stored within the batch wait, and lag is 0', () => {
  let scenario: Scenario;
  let ingester: Ingester;
  beforeAll(async () => {
    scenario = await Scenario.create('tail', { partitions: 4 });
    ingester = await scenario.startIngester();
  });
  afterAll(() => scenario.cleanUp());

  it('whatever the end of a partition contains', async () => {
    await scenario.produce([{ partition: 0, ...validOrder() }]);
    await scenario.produce([
      { partition: 1, value: 'no json' },
      { partition: 1, key: 'deleted', value: null },
    ]);
    const producer = scenario.kafka.producer({
      transactionalId: scenario.topic,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const committed = await producer.transaction();
    await committed.send({ topic: scenario.topic, messages: [{ partition: 2, ...validOrder() }] });
    await committed.commit();
    const aborted = await producer.transaction();
    await aborted.send({ topic: scenario.topic, messages: [{ partition: 2, ...validOrder() }] });
    await aborted.abort();
    await producer.disconnect();

    await ingester.untilMetric('snowflake_events_inserted_total', 2);
    await ingester.until('every partition at 0', async () => {
      const lags = [0, 1, 2, 3].map((partition) =>
        ingester.metric('kafka_lag', { partition: String(partition) }),
      );
      return (
        (await Promise.all(lags)).every((lag) => lag === 0) &&
        (await ingester.metric('dlq_messages_total')) === 1
      );
    });
    const { body } = await ingester.get('/metrics');
    for (const partition of [0, 1, 2, 3]) {
      expect(body).toContain(`kafka_lag{topic="${scenario.topic}",partition="${partition}"} 0`);
    }
    expect(await ingester.stop()).toBe(0);
    expect(
      await scenario.query(
        'SELECT "PARTITION", NEXT_OFFSET, STORED, SKIPPED, GAPS FROM INGESTION_CHECKPOINTS ORDER BY 1',
      ),
    ).toEqual([
      { PARTITION: '0', NEXT_OFFSET: '1', STORED: '1', SKIPPED: '0', GAPS: '0' },
      { PARTITION: '1', NEXT_OFFSET: '2', STORED: '0', SKIPPED: '1', GAPS: '0' },
      { PARTITION: '2', NEXT_OFFSET: '4', STORED: '1', SKIPPED: '0', GAPS: '3' },
      { PARTITION: '3', NEXT_OFFSET: '0', STORED: '0', SKIPPED: '0', GAPS: '0' },
    ]);
  });
});
