import { ConfigResourceTypes, type Admin } from 'kafkajs';
import { createTopic, jump, JUMPING_CLOCK, readTopic } from '#testing';
import type { Ingester } from '../support/ingester.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';

describe('a dead-letter topic that rejects letters', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('letter-topic');
  });
  afterAll(() => scenario.cleanUp());

  it('prevents the start, with advice', async () => {
    const compacted = `${scenario.topic}_compacted`;
    await createTopic(BOOTSTRAP, compacted, {
      config: { 'cleanup.policy': 'compact,delete', 'min.insync.replicas': '2' },
    });
    const ingester = await scenario.launchIngester({ DLQ_TOPIC: compacted });
    expect(await ingester.exit()).toBe(1);
    expect(ingester.output).toContain('cleanup.policy=delete');
    expect(ingester.output).toContain('requires 2 replicas in sync but has 1');
    expect(ingester.output).not.toMatch(/^\s+at /m);
  });

  it('holds the batch of a running service, which gives advice and continues once it is followed', async () => {
    const ingester = await scenario.startIngester({ ...JUMPING_CLOCK });
    const isHeldFor = async (remedy: string) => {
      await scenario.produce([{ value: 'no JSON' }]);
      await ingester.until('not ready', async () => {
        const { status, body } = await ingester.get('/health');
        return status === 503 && body.includes(remedy);
      });
    };
    let letters = 0;
    const goesOn = async (running: Ingester) => {
      letters += 1;
      await running.untilMetric('dlq_messages_total', letters);
    };

    await configure({ 'cleanup.policy': 'compact' });
    await isHeldFor('cleanup.policy=delete');
    await configure({ 'cleanup.policy': 'delete' });
    await goesOn(ingester);

    await configure({ 'message.timestamp.before.max.ms': '60000' });
    jump(ingester);
    await isHeldFor('message.timestamp.before.max.ms');
    jump(ingester);
    await goesOn(ingester);

    await withAdmin((admin) => admin.deleteTopics({ topics: [scenario.deadLetterTopic] }));
    await isHeldFor('Create the topic');
    await createTopic(BOOTSTRAP, scenario.deadLetterTopic);
    await goesOn(ingester);

    expect(await ingester.stop()).toBe(0);
    expect(await readTopic(BOOTSTRAP, scenario.deadLetterTopic)).toHaveLength(1);
    expect(await scenario.query('SELECT count(*) AS n FROM SALES_EVENTS_DLQ')).toEqual([{ n: '3' }]);
  });

  /** Settings that are not given keep the broker's defaults. */
  function configure(config: Record<string, string>): Promise<void> {
    return withAdmin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: scenario.deadLetterTopic,
            configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
          },
        ],
      }),
    );
  }

  async function withAdmin(work: (admin: Admin) => Promise<unknown>): Promise<void> {
    const admin = scenario.kafka.admin();
    await admin.connect();
    try {
      await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
});
