import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { zstdCompressSync } from 'node:zlib';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { Secret } from '#settings';
import type { Login } from '../../snowflake/session/authentication.js';
import { StreamingClient, type Append } from './streaming-client.js';
import { toFault } from './streaming-error.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const KEY_PAIR: Login = { kind: 'key_pair', user: 'ingester', privateKey: new Secret(privateKey) };
const PIPE = 'EVENTS-STREAMING';

let endpoint: SnowflakeEndpoint;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start({
    commitDelayMs: 1,
    users: { INGESTER: { publicKeys: [publicKey], oauthTokens: ['oauth'], identityTokens: ['a.pod.s'] } },
  });
  await endpoint.run('CREATE TABLE EVENTS (ID NUMBER)');
});

afterEach(() => endpoint.close());

function client(
  over: { login?: Login | (() => Login); requestTimeoutMs?: number; schema?: string } = {},
): StreamingClient {
  return new StreamingClient({
    account: 'testaccount',
    accessUrl: endpoint.url,
    login: KEY_PAIR,
    database: 'caves_albert',
    schema: 'RAW_DATA',
    requestTimeoutMs: 30_000,
    ...over,
  });
}

function rows(continuationToken: string, ...ids: number[]): Append {
  const lines = Buffer.from(ids.map((ID) => `${JSON.stringify({ ID })}\n`).join(''));
  const token = String(ids.at(-1));
  const body = new Uint8Array(zstdCompressSync(lines));
  return { continuationToken, startToken: token, endToken: token, body, bytes: lines.length };
}

async function faultOf(work: Promise<unknown>) {
  return work.then(
    () => null,
    (error: unknown) => toFault(error),
  );
}

it('opens, appends in order, and sees what is committed, with a key pair', async () => {
  const streaming = client();
  const opened = await streaming.open(PIPE, 'A');
  expect(opened.status).toEqual({ committedToken: null, isUsable: true, refused: 0, refusal: null });
  const next = await streaming.append(PIPE, 'A', rows(opened.continuationToken, 1, 2));
  await streaming.append(PIPE, 'A', rows(next, 3));
  while ((await streaming.statuses(PIPE, ['A'])).get('A')?.committedToken !== '3');
  expect(endpoint.table('EVENTS')).toEqual([{ ID: 1 }, { ID: 2 }, { ID: 3 }]);
  expect(await streaming.statuses(PIPE, ['B'])).toEqual(new Map());
});

it('logs in with OAuth', async () => {
  const server = createServer((_request, response) => response.end('{"access_token":"oauth"}'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const login: Login = {
    kind: 'oauth_client_credentials',
    clientId: 'ingester',
    clientSecret: new Secret('secret'),
    tokenUrl: `http://127.0.0.1:${port}/token`,
  };
  try {
    expect((await client({ login }).open(PIPE, 'A')).status.isUsable).toBe(true);
  } finally {
    server.close();
  }
});

it('logs in with the workload identity of an OIDC provider, whose token is read again each time', async () => {
  const tokens = ['a.pod.s\n', 'a.pod.s\n'];
  const streaming = client({
    login: () => ({
      kind: 'workload_identity',
      provider: 'OIDC',
      token: new Secret(tokens.pop() ?? 'none left'),
    }),
  });
  await streaming.open(PIPE, 'A');
  endpoint.expireStreamingTokens();
  expect((await streaming.open(PIPE, 'A')).status.isUsable).toBe(true);
  expect(tokens).toEqual([]);
});

it('exchanges its token again when it has expired, once for all requests', async () => {
  const streaming = client();
  const opened = await streaming.open(PIPE, 'A');
  endpoint.expireStreamingTokens();
  await Promise.all([
    streaming.append(PIPE, 'A', rows(opened.continuationToken, 1)),
    streaming.statuses(PIPE, ['A']),
    streaming.statuses(PIPE, ['A']),
  ]);
});

it.each([
  ['a reset connection', { kind: 'reset' }],
  ['HTTP 503', { kind: 'http', status: 503 }],
  ['half a response', { kind: 'half-response' }],
] as const)('sends a request again after %s', async (_what, fault) => {
  const streaming = client();
  for (const on of ['hostname', 'scoped-token', 'open-channel', 'channel-status'])
    endpoint.addFault({ on, ...fault });
  await streaming.open(PIPE, 'A');
  expect((await streaming.statuses(PIPE, ['A'])).get('A')?.isUsable).toBe(true);
});

it('waits as long as Snowflake asks when there are too many requests, and takes no row twice', async () => {
  const streaming = client();
  const { continuationToken } = await streaming.open(PIPE, 'A');
  endpoint.addFault({
    on: 'append-rows',
    kind: 'streaming-error',
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    retryAfterSeconds: 1,
  });
  const startedAt = performance.now();
  await streaming.append(PIPE, 'A', rows(continuationToken, 1));
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  while ((await streaming.statuses(PIPE, ['A'])).get('A')?.committedToken !== '1');
  expect(endpoint.table('EVENTS')).toHaveLength(1);
});

it('says that an append may have been taken, and does not take a stale token for an answer to it', async () => {
  const streaming = client();
  const { continuationToken } = await streaming.open(PIPE, 'A');
  endpoint.addFault({ on: 'append-rows', kind: 'reset', point: 'after' });
  expect(await faultOf(streaming.append(PIPE, 'A', rows(continuationToken, 1)))).toMatchObject({
    class: 'transient',
    code: 'APPEND_UNANSWERED',
  });
});

it('names another owner', async () => {
  const { continuationToken } = await client().open(PIPE, 'A');
  await client().open(PIPE, 'A');
  expect(await faultOf(client().append(PIPE, 'A', rows(continuationToken, 1)))).toMatchObject({
    class: 'transient',
    code: 'STALE_CONTINUATION_TOKEN_SEQUENCER',
    message: expect.stringContaining('another owner') as string,
  });
});

describe('a fault of the set-up says what to do', () => {
  it.each([
    ['a pipe that is missing', () => client().open('NO_PIPE', 'A'), 'schema apply'],
    ['a schema that is missing', () => client({ schema: 'ELSEWHERE' }).open(PIPE, 'A'), 'schema'],
    [
      'a login that Snowpipe Streaming does not accept',
      () =>
        client({ login: { kind: 'password', user: 'INGESTER', password: new Secret('canary') } }).open(
          PIPE,
          'A',
        ),
      'key pair',
    ],
    [
      'a workload identity that only the driver can prove',
      () => client({ login: { kind: 'workload_identity', provider: 'AWS' } }).open(PIPE, 'A'),
      'OIDC',
    ],
    [
      'a token that the identity provider did not issue',
      () =>
        client({
          login: { kind: 'workload_identity', provider: 'OIDC', token: new Secret('canary') },
        }).open(PIPE, 'A'),
      'Check',
    ],
    [
      'another key',
      () => {
        const other = generateKeyPairSync('rsa', {
          modulusLength: 2048,
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
          publicKeyEncoding: { type: 'spki', format: 'pem' },
        });
        const login: Login = { kind: 'key_pair', user: 'INGESTER', privateKey: new Secret(other.privateKey) };
        return client({ login }).open(PIPE, 'A');
      },
      'Check',
    ],
  ])('%s', async (_what, work, remedy) => {
    const fault = await faultOf(work());
    expect(fault).toMatchObject({ class: 'setup', remedy: expect.stringContaining(remedy) as string });
    expect(JSON.stringify(fault)).not.toContain('canary');
  });

  it('a role that may not insert', async () => {
    endpoint.revoke('INSERT', 'EVENTS');
    expect(await faultOf(client().open(PIPE, 'A'))).toMatchObject({ class: 'setup' });
  });
});

it.each(['hostname', 'scoped-token'])(
  'asks again for the %s if a proxy responds with a page of its own',
  async (on) => {
    endpoint.addFault({ on, kind: 'garbage' });
    expect(await client().open(PIPE, 'A')).toMatchObject({ status: { committedToken: null } });
    expect(endpoint.journal.entries.filter(({ name }) => name === on)).toHaveLength(2);
  },
);

it('an endpoint that does not respond is a transient fault', async () => {
  const streaming = client({ requestTimeoutMs: 100 });
  endpoint.addFault({ on: 'hostname', kind: 'silence', times: 10 });
  expect(await faultOf(streaming.open(PIPE, 'A'))).toMatchObject({ class: 'transient', code: 'NO_ANSWER' });
});
