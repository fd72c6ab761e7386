import { generateKeyPairSync } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { Secret } from '#settings';
import { PythonUnavailable, SnowduckServer } from '#testing';
import { StreamingClient, type Append } from '#warehouse';
import { itIsSkippedWithout, optional } from '../support/optional.js';

const server = await optional(
  'the client of Snowpipe Streaming with snowduck',
  () => SnowduckServer.start(),
  (error) => error instanceof PythonUnavailable,
);

if (server === null) itIsSkippedWithout('Python and PyPI');
else {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const client = new StreamingClient({
    account: 'testaccount',
    accessUrl: server.url,
    login: { kind: 'key_pair', user: 'ingester', privateKey: new Secret(privateKey) },
    database: 'CAVES_ALBERT',
    schema: 'RAW_DATA',
    requestTimeoutMs: 30_000,
  });

  const append = (continuationToken: string, texts: readonly string[]): Append => {
    const lines = Buffer.from(
      texts.map((text, index) => `${JSON.stringify({ PLACE: index, TEXT: text })}\n`).join(''),
    );
    const body = new Uint8Array(zstdCompressSync(lines));
    return { continuationToken, startToken: '1', endToken: '1', body, bytes: lines.length };
  };

  const rowsOf = (pipe: string) =>
    server.run(`SELECT PLACE, TEXT FROM CAVES_ALBERT.RAW_DATA.${pipe} ORDER BY PLACE`);

  beforeAll(async () => {
    await server.run('CREATE DATABASE CAVES_ALBERT');
    await server.run('CREATE SCHEMA CAVES_ALBERT.RAW_DATA');
  });
  afterAll(() => server.stop());

  describe('the client of Snowpipe Streaming, against a server that others wrote,', () => {
    it('logs in, opens a channel, and stores rows in order', async () => {
      const { continuationToken, status } = await client.open('ORDERS', 'orders-0');
      expect(status).toMatchObject({ committedToken: null, isUsable: true, refused: 0 });
      const texts = ['plain', 'Rosé 🍷', '{"quoted": "\\u2013"}', 'a\nb'];
      const next = await client.append('ORDERS', 'orders-0', append(continuationToken, texts));
      expect(next).not.toBe(continuationToken);
      expect(await rowsOf('ORDERS')).toEqual(texts.map((text, index) => [String(index), text]));
    });

    it('learns from a stale token that another owner has opened the channel', async () => {
      const first = await client.open('FENCED', 'fenced-0');
      const second = await client.open('FENCED', 'fenced-0');
      await expect(
        client.append('FENCED', 'fenced-0', append(first.continuationToken, ['stale'])),
      ).rejects.toMatchObject({ code: 'STALE_CONTINUATION_TOKEN_SEQUENCER', isAnswer: true });
      await client.append('FENCED', 'fenced-0', append(second.continuationToken, ['stored']));
      expect(await rowsOf('FENCED')).toEqual([['0', 'stored']]);
    });

    it('reads the status of several channels, and misses those that do not exist', async () => {
      for (const channel of ['status-0', 'status-1']) await client.open('STATUS', channel);
      const statuses = await client.statuses('STATUS', ['status-0', 'status-1', 'status-2']);
      expect([...statuses.keys()].sort()).toEqual(['status-0', 'status-1']);
      expect(statuses.get('status-0')).toMatchObject({ isUsable: true, refused: 0, refusal: null });
    });
  });
}
