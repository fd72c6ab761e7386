import { createRequire } from 'node:module';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { SnowflakeSession } from '../session/snowflake-session.js';

describe('the body of a statement', () => {
  let endpoint: SnowflakeEndpoint;
  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
  });
  afterEach(() => endpoint.close());

  it('is not compressed in vain', async () => {
    const zlib = createRequire(import.meta.url)('node:zlib') as { gzip: (...given: unknown[]) => void };
    const { gzip } = zlib;
    let compressed = 0;
    zlib.gzip = (...given) => {
      compressed += 1;
      gzip(...given);
    };
    try {
      const counting = zlib.gzip;
      const { options } = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
      const session = await SnowflakeSession.open(options);
      const text = 'a'.repeat(100_000);
      expect(await session.query('SELECT ? AS SAMPLE', [text])).toEqual([{ SAMPLE: text }]);
      await session.end();
      expect(compressed).toBe(0);
      expect(zlib.gzip).toBe(counting);
    } finally {
      zlib.gzip = gzip;
    }
  });
});
