import { spawnSync } from 'node:child_process';
import { CompressionTypes } from 'kafkajs';
import { registerCodecs } from '#kafka';
import { validOrder } from './support/bad-input.js';
import { BOOTSTRAP, Scenario } from './support/scenario.js';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const KAFKAJS_CODE = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};
const EVENTS = 50;

const hasKcat = spawnSync('kcat', ['-V']).status === 0;
if (!hasKcat) console.warn('left out: batches compressed by librdkafka (needs kcat)');

describe('compressed topics are readable', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    registerCodecs();
    scenario = await Scenario.create('compression');
  });
  afterAll(() => scenario.cleanUp());

  it('whoever compressed them', async () => {
    let sent = 0;
    for (const codec of CODECS) {
      const orders = Array.from({ length: EVENTS }, () => validOrder());
      await scenario.produce(orders, { compression: KAFKAJS_CODE[codec] });
      sent += EVENTS;
      if (hasKcat) {
        const input = orders.map(({ value }) => value).join('\n');
        const { status, stderr } = spawnSync(
          'kcat',
          ['-P', '-b', BOOTSTRAP, '-t', scenario.topic, '-z', codec, '-X', 'linger.ms=200'],
          { input, encoding: 'utf8' },
        );
        expect({ codec, status, stderr }).toEqual({ codec, status: 0, stderr: '' });
        sent += EVENTS;
      }
    }
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('snowflake_events_inserted_total', sent);
    expect(await ingester.metric('dlq_messages_total')).toBe(0);
    expect(await ingester.stop()).toBe(0);
  });
});
