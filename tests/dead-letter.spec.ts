import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompressionTypes } from 'kafkajs';
import type { Message } from '#pipeline';
import { KafkaBroker, readTopic } from '#testing';
import { answerOf, environmentOf, operator } from './operator/operator.js';
import { validOrder } from './support/bad-input.js';
import { BOOTSTRAP, Scenario } from './support/scenario.js';

/** The largest record that a broker accepts by default, including its other fields. */
const LARGEST_VALUE = 1_048_400;

/** Key, value and headers as text short enough to print. */
function marksOf(message: Message | undefined): Record<string, string> {
  const { key = null, value = null, headers = {} } = message ?? {};
  return Object.fromEntries(
    Object.entries({ key, value, ...headers }).map(([name, bytes]) => [name, String(bytes).slice(0, 40)]),
  );
}

describe('a dead letter keeps everything needed to repair it', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('letters');
  });
  afterAll(() => scenario.cleanUp());

  it('byte for byte in the topic, or in the table if the topic cannot hold it', async () => {
    const key = Buffer.from([0xff, 0x00, 0x41]);
    const headers = { traceparent: Buffer.from('00-4bf9'), raw: Buffer.from([0xfe]), twice: ['a', 'b'] };
    const small = Buffer.from([0x7b, 0xc3, 0x28]);
    const large = Buffer.alloc(LARGEST_VALUE, 0x61);
    await scenario.produce([{ key, value: small, headers }]);
    await scenario.produce([{ value: large }]);
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('dlq_messages_total', 2, { error_type: 'json_decode' });
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);

    const [first, second] = await readTopic(BOOTSTRAP, scenario.deadLetterTopic);
    expect(first).toMatchObject({ key, value: small });
    expect(first?.headers).toMatchObject({
      traceparent: Buffer.from('00-4bf9'),
      raw: Buffer.from([0xfe]),
      twice: [Buffer.from('a'), Buffer.from('b')],
      'dlq.source.topic': Buffer.from(scenario.topic),
      'dlq.source.partition': Buffer.from('0'),
      'dlq.source.offset': Buffer.from('0'),
      'dlq.attempt': Buffer.from('1'),
      'dlq.group': Buffer.from(scenario.group),
    });
    expect(second?.value).toBeNull();
    expect(second?.headers).toMatchObject({
      'dlq.value.omitted': Buffer.from('true'),
      'dlq.value.bytes': Buffer.from(String(LARGEST_VALUE)),
      'dlq.source.offset': Buffer.from('1'),
    });
    expect(
      await scenario.query(
        `SELECT ERROR_TYPE, length(ORIGINAL_VALUE) AS LENGTH, VALUE_ENCODING FROM SALES_EVENTS_DLQ
          ORDER BY CAST(EVENT_METADATA->>'offset' AS INTEGER)`,
      ),
    ).toEqual([
      { ERROR_TYPE: 'json_decode', LENGTH: '4', VALUE_ENCODING: 'base64' },
      { ERROR_TYPE: 'json_decode', LENGTH: String(LARGEST_VALUE), VALUE_ENCODING: 'utf8' },
    ]);
  });

  it('with the largest key or headers that Kafka allows: the rest is in the table', async () => {
    const large = 'k'.repeat(LARGEST_VALUE);
    // With an explicit partition: kafkajs takes minutes to hash a key of a megabyte.
    await scenario.produce([{ key: large, value: 'no JSON', headers: { from: 'till' }, partition: 0 }]);
    await scenario.produce([{ key: 'line-1', value: 'no JSON', headers: { large } }]);
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('dlq_messages_total', 2, { error_type: 'json_decode' });
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);

    const [key, headers] = (await readTopic(BOOTSTRAP, scenario.deadLetterTopic)).slice(-2);
    // As text, since Jest takes minutes to print a difference in a megabyte.
    expect(marksOf(key)).toMatchObject({
      key: 'null',
      value: 'null',
      'dlq.source.offset': '2',
      'dlq.value.bytes': '7',
      'dlq.headers.omitted': '1',
      'dlq.key.omitted': 'true',
      'dlq.key.bytes': String(LARGEST_VALUE),
    });
    expect(marksOf(headers)).toMatchObject({ key: 'line-1', value: 'null', 'dlq.headers.omitted': '1' });

    const id = (offset: number) => `${scenario.topic}-0@${offset}`;
    const env = environmentOf(scenario);
    for (const from of ['table', 'topic']) {
      const planned = await answerOf<{ leftOut: object }>(
        env,
        ...['dead-letters', 'redrive', id(2), id(3), '--dry-run', '--from', from],
      );
      const why = from === 'table' ? 'would-fail-again' : 'value-not-in-topic';
      expect(planned.leftOut).toMatchObject({ [why]: { count: 2 } });
    }
    const shown = await operator(env, 'dead-letters', 'show', id(2), '--from', 'topic');
    expect(shown.stdout).toContain('(1,048,400 bytes, too large for the topic; the table has it)');
    expect(
      await scenario.query(
        `SELECT length(ORIGINAL_KEY) AS KEY, length(HEADERS->>'$[0].value') AS HEADER, ORIGINAL_VALUE FROM SALES_EVENTS_DLQ
          WHERE CAST(EVENT_METADATA->>'offset' AS INTEGER) > 1 ORDER BY CAST(EVENT_METADATA->>'offset' AS INTEGER)`,
      ),
    ).toEqual([
      { KEY: String(LARGEST_VALUE), HEADER: '4', ORIGINAL_VALUE: 'no JSON' },
      { KEY: '6', HEADER: String(LARGEST_VALUE), ORIGINAL_VALUE: 'no JSON' },
    ]);
  });
});

describe('a dead letter larger than any request that its broker accepts', () => {
  const LARGE = 4 * 1024 * 1024;
  let folder: string;
  let broker: KafkaBroker;
  let scenario: Scenario;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'small-requests-'));
    broker = await KafkaBroker.start({
      dataDir: join(folder, 'kafka'),
      extra: { 'socket.request.max.bytes': '2000000', 'message.max.bytes': '50000000' },
    });
    scenario = await Scenario.create('letters', { bootstrap: broker.bootstrapServer });
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is settled: without its value in the topic, and complete in the table', async () => {
    await scenario.produce([{ key: 'large', value: 'x'.repeat(LARGE) }], {
      compression: CompressionTypes.GZIP,
    });
    await scenario.produce([validOrder()]);
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('batch_size_events_sum', 2);
    expect(await ingester.stop()).toBe(0);

    const [letter] = await readTopic(broker.bootstrapServer, scenario.deadLetterTopic);
    expect(letter).toMatchObject({ key: Buffer.from('large'), value: null });
    expect(letter?.headers).toMatchObject({ 'dlq.value.bytes': Buffer.from(String(LARGE)) });
    expect(await scenario.query('SELECT length(ORIGINAL_VALUE) AS n FROM SALES_EVENTS_DLQ')).toEqual([
      { n: String(LARGE) },
    ]);
  });
});
