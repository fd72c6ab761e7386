import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';

describe('promise 6: SIGTERM drains', () => {
  let scenario: Scenario;
  beforeEach(async () => {
    scenario = await Scenario.create('drain');
  });
  afterEach(() => scenario.cleanUp());

  it('stores what was read before its batch is due, commits offsets and leaves the group', async () => {
    const ingester = await scenario.startIngester({ BATCH_MAX_WAIT_MS: '600000', BATCH_MIN_EVENTS: '1000' });
    await scenario.produce(Array.from({ length: 7 }, () => validOrder()));
    await ingester.until('read', async () => (await ingester.metric('current_batch_size')) === 7);
    expect(await ingester.stop()).toBe(0);
    expect(await scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM')).toEqual([{ N: '7' }]);
    expect(await scenario.committedOffsets()).toEqual(new Map([[0, 7]]));
    const admin = scenario.kafka.admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([scenario.group]);
    await admin.disconnect();
    expect(groups[0]?.members).toEqual([]);
  });

  it('and a second signal exits at once; what was not stored is read again', async () => {
    // The dead letter cannot be sent, so the drain waits until its deadline.
    const ingester = await scenario.startIngester({ DRAIN_TIMEOUT_MS: '600000' });
    const admin = scenario.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [scenario.deadLetterTopic] });
    await admin.disconnect();
    await scenario.produce([{ value: 'no json' }]);
    await ingester.until(
      'the fault',
      async () => (await ingester.metric('faults_total', { stage: 'dead_letter' })) > 0,
    );
    const exit = ingester.stop();
    await ingester.until('the drain', () => ingester.output.includes('🛑 SIGTERM'));
    await ingester.until('not ready', async () => (await ingester.get('/health')).status === 503);
    expect((await ingester.get('/health/live')).status).toBe(200);
    await ingester.stop();
    expect(await exit).toBe(1);
    expect(ingester.output).toContain('SIGTERM again: exiting at once');
    expect(await scenario.query('SELECT count(*) AS N FROM SALES_EVENTS_DLQ')).toEqual([{ N: '0' }]);
  });

  it('within a deadline, after which it exits with 1 and reports it', async () => {
    const ingester = await scenario.startIngester({ DRAIN_TIMEOUT_MS: '1000' });
    const admin = scenario.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [scenario.deadLetterTopic] });
    await admin.disconnect();
    await scenario.produce([{ value: 'no json' }]);
    await ingester.until(
      'the fault',
      async () => (await ingester.metric('faults_total', { stage: 'dead_letter' })) > 0,
    );
    expect(await ingester.stop()).toBe(1);
    expect(ingester.output).toContain('Not drained within 1000 ms');
  });
});
