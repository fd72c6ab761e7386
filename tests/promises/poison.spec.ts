import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CompressionTypes, type Message, type Producer } from 'kafkajs';
import { kafkaClient } from '#kafka';
import { loadKafkaSettings } from '#settings';
import { readTopic, type NewMessage } from '#testing';
import { environmentOf, operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { limitConsumers } from '../support/quota.js';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';

/** As in deploy/kubernetes/base/deployment.yaml. */
const POD = { heapMib: 384, memoryMib: 768 };
const LARGE_MIB = 96;
const LARGE = Buffer.alloc(LARGE_MIB * 1024 * 1024, ' ');

/** By partition. A raw Snappy block, as kafkajs writes it, cannot be read in parts. */
const CODECS = [
  CompressionTypes.GZIP,
  CompressionTypes.LZ4,
  CompressionTypes.ZSTD,
  CompressionTypes.Snappy,
] as const;
const SNAPPY = CODECS.indexOf(CompressionTypes.Snappy);

describe('what one message can cost is bounded', () => {
  let scenario: Scenario;
  let producer: Producer;
  beforeAll(async () => {
    const { kafka } = loadKafkaSettings({ KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP });
    producer = kafkaClient(kafka, () => () => undefined).producer();
    await producer.connect();
  });
  afterAll(() => producer.disconnect());
  beforeEach(async () => {
    scenario = await Scenario.create('poison', {
      partitions: CODECS.length,
      config: { 'max.message.bytes': '16000000' },
    });
  });
  afterEach(() => scenario.cleanUp());

  const inPod = { NODE_OPTIONS: `--max-old-space-size=${POD.heapMib}`, BATCH_MIN_EVENTS: '1' };

  it('a huge record in a small batch is dead-lettered; if it cannot be, only its partition is held until an operator passes over it', async () => {
    for (const [partition, compression] of CODECS.entries()) {
      await scenario.produce([{ ...validOrder(partition), partition }]);
      await scenario.produce([{ value: LARGE, partition }], { compression });
      await scenario.produce([{ ...validOrder(100 + partition), partition }]);
    }
    const ingester = await scenario.launchIngester(inPod);
    const stored = async () => ingester.metric('snowflake_events_inserted_total');
    await ingester.until('all is stored', async () => (await stored()) === 2 * CODECS.length - 1, 120_000);
    await ingester.untilMetric('kafka_partitions_held', 1, { partition: String(SNAPPY) });
    await ingester.untilMetric('dlq_messages_total', CODECS.length - 1);
    // The whole log of a held partition waits.
    await ingester.untilMetric('kafka_lag', 3);
    const { body } = await ingester.get('/health');
    expect(body).toContain('RECORD_BATCH_TOO_LARGE');
    expect(peakMib(ingester)).toBeLessThan(POD.memoryMib);
    expect(await ingester.stop()).toBe(0);

    const sha256 = createHash('sha256').update(LARGE).digest('hex');
    const letters = await scenario.query(`
      SELECT ERROR_TYPE, VALUE_ENCODING, length(ORIGINAL_VALUE) AS kept,
             EVENT_METADATA->>'$.value.bytes' AS bytes, EVENT_METADATA->>'$.value.sha256' AS sha256
      FROM SALES_EVENTS_DLQ`);
    expect(letters).toEqual(
      Array.from({ length: CODECS.length - 1 }, () => ({
        ERROR_TYPE: 'too_large',
        VALUE_ENCODING: 'prefix',
        kept: '65536',
        bytes: String(LARGE.length),
        sha256,
      })),
    );
    const [letter] = await readTopic(BOOTSTRAP, scenario.deadLetterTopic);
    expect(letter?.value?.length).toBe(65_536);
    expect(letter?.headers).toMatchObject({
      'dlq.value.bytes': Buffer.from(String(LARGE.length)),
      'dlq.value.sha256': Buffer.from(sha256),
    });

    const [, wayOut = ''] = /`npm run operator -- (checkpoints pass [^`]+)`/.exec(body) ?? [];
    expect(wayOut).toBe(`checkpoints pass --partition ${SNAPPY} --offset 1 --through 1 --yes`);
    const passed = await operator(environmentOf(scenario), ...wayOut.split(' '));
    expect(passed).toMatchObject({ code: 0, stderr: '' });
    const again = await scenario.startIngester(inPod);
    await scenario.untilSettled(again);
    expect(await again.stop()).toBe(0);
    expect(await scenario.query('SELECT COUNT(*) AS n FROM RAW_EVENTS_STREAM')).toEqual([
      { n: String(2 * CODECS.length) },
    ]);
    expect(
      await scenario.query(
        `SELECT NEXT_OFFSET, STORED, DEAD_LETTERED FROM INGESTION_CHECKPOINTS WHERE "PARTITION" = ${SNAPPY}`,
      ),
    ).toEqual([{ NEXT_OFFSET: '3', STORED: '2', DEAD_LETTERED: '1' }]);
    await expectPassedOver();
  });

  /** What was passed over is a dead letter in the table and the topic, and verify reports it, also with --deep. */
  async function expectPassedOver(): Promise<void> {
    const id = `${scenario.topic}-${SNAPPY}@1`;
    for (const from of ['table', 'topic']) {
      const letters = ['dead-letters', 'export', '--type', 'unreadable', '--from', from];
      const { stdout } = await operator(environmentOf(scenario), ...letters);
      expect(JSON.parse(stdout)).toMatchObject({ id, value: null, timestamp: null });
    }
    const redriven = await operator(environmentOf(scenario), 'dead-letters', 'redrive', id, '--force');
    expect(redriven.stdout).toContain('1 left out: no value');
    for (const depth of [[], ['--deep']]) {
      const { code, stdout } = await operator(environmentOf(scenario), 'verify', ...depth);
      expect({ code, stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`${id} could not be read; an operator passed over 1`) as string,
      });
    }
  }

  it('a flood of headers is decoded quickly, and a header without a value keeps none', async () => {
    const flood = Object.fromEntries([['flood', Array.from({ length: 75_000 }, () => '')]]);
    const headers = { none: null, empty: '', both: [null, Buffer.from('x')] };
    const messages: NewMessage[] = [
      { value: 'no json', partition: 0, headers: flood },
      { value: 'no json', partition: 0, headers },
      { ...validOrder(1), partition: 0, headers: flood },
    ];
    // kafkajs does not write headers without a value, and its types do not allow them.
    await producer.send({ topic: scenario.topic, acks: -1, messages: messages as Message[] });
    const ingester = await scenario.startIngester(inPod);
    await ingester.untilMetric('snowflake_events_inserted_total', 1);
    await scenario.untilSettled(ingester);
    expect(await ingester.stop()).toBe(0);

    const [first, second] = await scenario.query(
      "SELECT HEADERS, EVENT_METADATA FROM SALES_EVENTS_DLQ ORDER BY EVENT_METADATA->>'$.offset'",
    );
    expect(JSON.parse(first?.['EVENT_METADATA'] ?? '')).toMatchObject({ headers: { omitted: 74_000 } });
    expect(JSON.parse(second?.['HEADERS'] ?? '')).toEqual([
      { name: 'none', value: null },
      { name: 'empty', value: '' },
      { name: 'both', value: null },
      { name: 'both', value: 'x' },
    ]);
    const letters = await readTopic(BOOTSTRAP, scenario.deadLetterTopic);
    expect(letters[1]?.headers).toMatchObject({ none: null, both: [null, Buffer.from('x')] });
  });

  it('an exceeded quota only costs time: the member stays in the group, reports it, and continues', async () => {
    const clientId = `throttled-${scenario.topic}`;
    await limitConsumers(BOOTSTRAP, clientId, 20_000);
    const padding = 'x'.repeat(9_000);
    for (let batch = 0; batch < 3; batch += 1) {
      const orders = Array.from({ length: 10 }, (_, id) => validOrder(batch * 10 + id));
      const large = orders.map(({ value, ...order }) => ({
        ...order,
        value: value.replace('{', `{"note":"${padding}",`),
        partition: 0,
      }));
      await scenario.produce(large);
    }
    const ingester = await scenario.startIngester({ ...inPod, KAFKA_CLIENT_ID: clientId });
    await ingester.until(
      'all is stored',
      async () => (await ingester.metric('snowflake_events_inserted_total')) === 30,
      120_000,
    );
    expect(await ingester.metric('rebalances_total')).toBe(1);
    expect(await ingester.metric('kafka_throttle_seconds_total')).toBeGreaterThan(0);
    expect(ingester.log()).toContainEqual(expect.objectContaining({ event: 'throttled' }));
    expect(await ingester.stop()).toBe(0);
  });
});

/** The peak resident memory of the process. */
function peakMib(ingester: Ingester): number {
  const status = readFileSync(`/proc/${String(ingester.pid)}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
