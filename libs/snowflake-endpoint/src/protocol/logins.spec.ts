import { generateKeyPairSync } from 'node:crypto';
import { connect, disconnect, execute } from '../driver.js';
import { SnowflakeEndpoint } from '../endpoint.js';
import { LOGIN_ERRORS } from '../errors.js';

const keys = (modulusLength = 2048) =>
  generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

const registered = keys();
const stranger = keys();
let endpoint: SnowflakeEndpoint;

beforeAll(async () => {
  endpoint = await SnowflakeEndpoint.start({
    users: {
      INGESTER: {
        password: 'secret',
        publicKeys: [registered.publicKey],
        oauthTokens: ['oauth-token'],
        accessTokens: ['access-token'],
        roles: ['INGEST_ROLE'],
      },
      LOCKED: { password: 'secret', locked: true },
    },
  });
});

afterAll(() => endpoint.close());

describe('a login', () => {
  it.each([
    ['a password', { password: 'secret' }],
    ['a key pair', { authenticator: 'SNOWFLAKE_JWT', privateKey: registered.privateKey }],
    ['an OAuth token', { authenticator: 'OAUTH', token: 'oauth-token' }],
    ['a programmatic access token', { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 'access-token' }],
  ])('lets the user in with %s', async (_way, options) => {
    const connection = await connect(endpoint.url, { role: 'INGEST_ROLE', ...options });
    const { rows } = await execute(connection, 'SELECT CURRENT_USER() AS U, CURRENT_ROLE() AS R');
    expect(rows).toEqual([{ U: 'INGESTER', R: 'INGEST_ROLE' }]);
    await disconnect(connection);
  });

  it.each([
    ['a wrong password', LOGIN_ERRORS.wrongPassword, { password: 'wrong' }],
    ['an unknown user', LOGIN_ERRORS.wrongPassword, { username: 'nobody' }],
    ['a locked user', LOGIN_ERRORS.userLocked, { username: 'locked' }],
    ['a role that is not granted', LOGIN_ERRORS.roleMissing, { role: 'NOBODY' }],
    [
      'a key that is not registered',
      LOGIN_ERRORS.jwtInvalid,
      { authenticator: 'SNOWFLAKE_JWT', privateKey: stranger.privateKey },
    ],
    ['a wrong OAuth token', LOGIN_ERRORS.oauthTokenInvalid, { authenticator: 'OAUTH', token: 'other' }],
    [
      'a wrong access token',
      LOGIN_ERRORS.accessTokenInvalid,
      { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: 'other' },
    ],
  ])('refuses %s', async (_what, { code, message }, options) => {
    await expect(connect(endpoint.url, options)).rejects.toMatchObject({ code, message });
  });
});
