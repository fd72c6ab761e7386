import { spawnSync } from 'node:child_process';
import { TopicLogs } from '#kafka';
import { eventually } from '#testing';
import { Random } from '#traffic';
import { validOrder } from '../support/bad-input.js';
import { java, librdkafka, ours, type CommittedReader } from '../support/committed-readers.js';
import { InterleavedTransactions } from '../support/interleaved-transactions.js';
import { Scenario } from '../support/scenario.js';

/** READ_COMMITTED_SEEDS=1,2,3 runs more seeds. */
const SEEDS = (process.env['READ_COMMITTED_SEEDS'] ?? '2026').split(',').map(Number);
const PRODUCERS = 20;
const STEPS = 90;
const MIDDLES = 6;
/** Compaction has removed something if fewer committed records are left. */
const COMPACTED_SHARE = 0.8;

const others: Record<string, CommittedReader> = {};
if (spawnSync('kcat', ['-V']).status === 0) others['librdkafka'] = librdkafka;
else console.warn('left out: reading as librdkafka does (needs kcat)');
if (spawnSync('javac', ['-version']).status === 0) others['java'] = java;
else console.warn('left out: reading as the Java client does (needs a JDK)');

describe('promise 1: exactly the committed records are stored', () => {
  let scenario: Scenario;
  afterEach(() => scenario.cleanUp());

  async function stored(): Promise<number[]> {
    const rows = await scenario.query(
      'SELECT CAST(EVENT_METADATA->>\'offset\' AS BIGINT) AS "AT" FROM RAW_EVENTS_STREAM ORDER BY 1',
    );
    return rows.map(({ AT }) => Number(AT));
  }

  it('if the transaction that began first ended last', async () => {
    scenario = await Scenario.create('committed');
    const { kafka, topic } = scenario;
    const [A, B] = ['A', 'B'].map((name) =>
      kafka.producer({ transactionalId: `${topic}-${name}`, idempotent: true, maxInFlightRequests: 1 }),
    ) as [ReturnType<typeof kafka.producer>, ReturnType<typeof kafka.producer>];
    await Promise.all([A.connect(), B.connect()]);
    const message = () => ({ topic, messages: [{ ...validOrder(), partition: 0 }] });
    const [first, second] = [await A.transaction(), await B.transaction()];
    await first.send(message());
    await second.send(message());
    await second.abort();
    await first.send(message());
    await first.abort();
    const third = await B.transaction();
    await third.send(message());
    await third.commit();
    await scenario.produce(message().messages);
    await Promise.all([A.disconnect(), B.disconnect()]);

    const ingester = await scenario.startIngester();
    await ingester.untilMetric('snowflake_events_inserted_total', 2);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    expect(await stored()).toEqual([5, 7]);
  });

  it.each(SEEDS)('as other clients read them, from any offset (seed %d)', async (seed) => {
    scenario = await Scenario.create('committed');
    const transactions = new InterleavedTransactions(scenario.kafka, scenario.topic, seed);
    await transactions.start(PRODUCERS);
    const ingester = await scenario.startIngester({ KAFKA_FETCH_MAX_BYTES_PER_PARTITION: '1024' });
    await transactions.run(STEPS);
    await transactions.finish();
    await settled();
    await transactions.stop();
    const expected = [...transactions.committed].sort((a, b) => a - b);
    await ingester.untilMetric('snowflake_events_inserted_total', expected.length);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    expect(await stored()).toEqual(expected);

    await expectSameFrom(seed, expected);
  });

  it.each(SEEDS)('and likewise in a compacted topic (seed %d)', async (seed) => {
    scenario = await Scenario.create('committed', {
      config: {
        'cleanup.policy': 'compact',
        'segment.ms': '500',
        'min.cleanable.dirty.ratio': '0.01',
        'delete.retention.ms': '0',
      },
    });
    const { topic } = scenario;
    const transactions = new InterleavedTransactions(scenario.kafka, topic, seed);
    await transactions.start(PRODUCERS);
    let visible: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await transactions.run(STEPS / 3);
      await transactions.finish();
      await settled();
      // The last record is not compacted until another one follows.
      await eventually(
        async () => {
          await transactions.sendPlain();
          [visible = []] = await ours(topic, [0]);
          return visible.length < transactions.committed.size * COMPACTED_SHARE;
        },
        { timeoutMs: 120_000, describe: 'the topic is compacted' },
      );
    }
    await transactions.stop();
    // Until compaction has finished, clients may see different records.
    await eventually(
      async () => {
        [visible = []] = await ours(topic, [0]);
        await expectSameFrom(seed, visible);
        return true;
      },
      { timeoutMs: 120_000, describe: 'all clients read the same' },
    );
    expect(visible.filter((offset) => !transactions.committed.has(offset))).toEqual([]);
    expect(visible).toEqual(expect.arrayContaining([...transactions.lastByKey.values()]));

    const ingester = await scenario.startIngester({ KAFKA_FETCH_MAX_BYTES_PER_PARTITION: '1024' });
    await ingester.untilMetric('snowflake_events_inserted_total', visible.length);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    expect(await stored()).toEqual(visible);
  });

  /** From the beginning and from any offset, with every client. */
  async function expectSameFrom(seed: number, offsets: readonly number[]): Promise<void> {
    const random = new Random(seed);
    const starts = [0, ...Array.from({ length: MIDDLES }, () => random.integer(0, offsets.at(-1) ?? 0))];
    const wanted = starts.map((start) => offsets.filter((offset) => offset >= start));
    for (const [name, read] of Object.entries({ ours, ...others })) {
      expect({ name, offsets: await read(scenario.topic, starts) }).toEqual({ name, offsets: wanted });
    }
  }

  /** Waits until no transaction is open. */
  async function settled(): Promise<void> {
    const logs = new TopicLogs(scenario.kafka);
    await logs.admin.connect();
    try {
      await eventually(
        async () => {
          const [log] = await logs.bounds(scenario.topic);
          return log?.stable === log?.high;
        },
        { timeoutMs: 60_000, describe: 'every transaction has ended' },
      );
    } finally {
      await logs.admin.disconnect();
    }
  }
});
