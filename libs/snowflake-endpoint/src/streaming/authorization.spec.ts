import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { SnowflakeEndpoint } from '../endpoint.js';
import { StreamingClient } from './streaming-client.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const USERS = {
  INGESTER: { publicKeys: [publicKey], oauthTokens: ['oauth'], accessTokens: ['pat'] },
  LEAVER: { accessTokens: ['old'], disabled: true },
};

let endpoint: SnowflakeEndpoint;
let client: StreamingClient;

async function start(options: Parameters<typeof SnowflakeEndpoint.start>[0] = {}): Promise<void> {
  endpoint = await SnowflakeEndpoint.start({ users: USERS, ...options });
  await endpoint.run('CREATE TABLE EVENTS (ID NUMBER)');
  client = new StreamingClient(endpoint.url, 'EVENTS-STREAMING');
  client.tokenType = null;
}

afterEach(() => endpoint.close());

function jwt(expiresInSeconds = 60): string {
  const der = createPublicKey(publicKey).export({ format: 'der', type: 'spki' });
  const fingerprint = createHash('sha256').update(der).digest('base64');
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + expiresInSeconds;
  const sub = 'TESTACCOUNT.INGESTER';
  const text = `${encoded({ alg: 'RS256' })}.${encoded({ iss: `${sub}.SHA256:${fingerprint}`, sub, exp })}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), createPrivateKey(privateKey)).toString('base64url')}`;
}

async function exchange(token: string, form: Record<string, string> = {}, type?: string) {
  const fields = {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    scope: new URL(endpoint.url).host,
    ...form,
  };
  return client.send('POST', '/oauth/token', new URLSearchParams(fields).toString(), {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-www-form-urlencoded',
    ...(type === undefined ? {} : { 'x-snowflake-authorization-token-type': type }),
  });
}

describe('a client of Snowpipe Streaming', () => {
  it.each([
    ['a key pair', () => jwt(), 'KEYPAIR_JWT'],
    ['a token of an identity provider', () => 'oauth', 'OAUTH'],
    ['a programmatic access token', () => 'pat', 'PROGRAMMATIC_ACCESS_TOKEN'],
    ['a token of no stated type', () => jwt(), undefined],
  ])('exchanges %s for a scoped token, and opens a channel with it', async (_what, token, type) => {
    await start();
    client.token = `Bearer ${token()}`;
    expect((await client.send('GET', '/v2/streaming/hostname')).body).toEqual({
      hostname: new URL(endpoint.url).host,
    });
    const { body } = await exchange(token(), {}, type);
    client.token = `Bearer ${String(body['token'])}`;
    expect(await client.open('a')).toMatchObject({ status: 200 });
  });

  it.each([
    ['an expired JWT', () => jwt(-10), 'KEYPAIR_JWT'],
    ['a JWT as a token of another type', () => jwt(), 'OAUTH'],
    ['an unknown token', () => 'guess', undefined],
    ['a token of a disabled user', () => 'old', undefined],
  ])('is refused with %s', async (_what, token, type) => {
    await start();
    expect(await exchange(token(), {}, type)).toMatchObject({ status: 401 });
  });

  it('has to ask for the scope and the grant that Snowflake documents', async () => {
    await start();
    expect(await exchange('pat', { scope: 'elsewhere' })).toMatchObject({ status: 400 });
    expect(await exchange('pat', { grant_type: 'password' })).toMatchObject({ status: 400 });
  });

  it('needs a new scoped token when the old one has expired', async () => {
    await start({ users: null });
    const renew = async () => {
      client.token = `Bearer ${String((await exchange('anything')).body['token'])}`;
    };
    await renew();
    await client.open('a');
    endpoint.expireStreamingTokens();
    expect(await client.append('a', [{ ID: 1 }])).toMatchObject({ status: 401 });
    await renew();
    expect(await client.append('a', [{ ID: 1 }])).toMatchObject({ status: 200 });
  });

  it('opens no channel with a token that is not known', async () => {
    await start();
    client.token = 'Bearer guess';
    expect(await client.open('a')).toMatchObject({ status: 401 });
  });

  it("may use the account's own token for channels if it names the type", async () => {
    await start();
    client.token = 'Bearer pat';
    expect(await client.open('a')).toMatchObject({ status: 401 });
    client.tokenType = 'PROGRAMMATIC_ACCESS_TOKEN';
    expect(await client.open('a')).toMatchObject({ status: 200 });
  });

  it('needs some token even where any is good', async () => {
    await start({ users: null });
    client.token = '';
    expect(await client.open('a')).toMatchObject({ status: 401 });
  });

  it('may get host name and token as plain text, and the name of a proxy', async () => {
    await start({ streamingAnswers: 'text', streamingHostname: 'proxy:443' });
    const headers = { authorization: 'Bearer pat' };
    const hostname = await fetch(`${endpoint.url}/v2/streaming/hostname`, { headers });
    expect(await hostname.text()).toBe('proxy:443');
  });
});
