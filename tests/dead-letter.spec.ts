import { readTopic } from '#testing';
import { BOOTSTRAP, Scenario } from './support/scenario.js';

/** What a broker takes by default, with the record's own fields: larger values do not get in at all. */
const LARGEST_VALUE = 1_048_400;

describe('a dead letter keeps all that is needed to repair it', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    scenario = await Scenario.create('letters');
  });
  afterAll(() => scenario.cleanUp());

  it('in the topic byte for byte, and in the table where the topic cannot hold it', async () => {
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
});
