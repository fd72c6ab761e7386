import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { faultText, type Fault } from '#pipeline';
import { Secret } from '#settings';
import {
  LOGIN_ERRORS,
  PREDECESSOR_TABLES,
  SnowflakeEndpoint,
  SQL_ERRORS,
  type FaultRule,
  type User,
} from '#snowflake-endpoint';
import { GROUP, SnowflakeWarehouse } from '#testing/warehouse-contract';
import type { Login } from './authentication.js';
import type { SnowflakeOptions } from './session-options.js';
import { SnowflakeRepository } from '../writing/snowflake-repository.js';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { format: 'pem', type: 'spki' },
  privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
});
const otherKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { format: 'pem', type: 'spki' },
  privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
}).privateKey;

let endpoint: SnowflakeEndpoint;
let warehouse: SnowflakeWarehouse;

/** Long enough for a slow machine; a test that waits for it sets a shorter one. */
const REQUEST_TIMEOUT_MS = 20_000;

async function start(users?: Record<string, User>): Promise<void> {
  const admin: Record<string, User> = { INGESTER: { password: 'secret' } };
  endpoint = await SnowflakeEndpoint.start(users === undefined ? {} : { users: { ...admin, ...users } });
  warehouse = await SnowflakeWarehouse.start({
    accessUrl: endpoint.url,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
}

/** The faults of a startup. The repository is closed afterwards. */
async function faultsOf(over: Partial<SnowflakeOptions> = {}): Promise<Fault[]> {
  const repository = new SnowflakeRepository({ ...warehouse.options, ...over });
  const faults = await repository.open();
  await repository.close();
  return faults;
}

function textOf(fault: Fault | undefined): string {
  return fault === undefined ? '' : faultText(fault);
}

afterEach(async () => {
  await endpoint.close();
});

describe('credentials', () => {
  let tokens: Server;
  let tokenUrl: string;
  let tokenAnswer: { status: number; body: object };

  beforeEach(async () => {
    await start({
      KEY: { publicKeys: [publicKey] },
      TOKEN: { accessTokens: ['a-token'] },
      '': { oauthTokens: ['an-oauth-token'] },
    });
    tokenAnswer = {
      status: 200,
      body: { access_token: 'an-oauth-token', token_type: 'bearer', expires_in: 60 },
    };
    tokens = createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(tokenAnswer.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(tokenAnswer.body));
      });
    });
    await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve));
    tokenUrl = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
  });
  afterEach(() => {
    tokens.close();
    tokens.closeAllConnections();
  });

  const secret = (text: string) => new Secret(text);
  const oauth = (): Login => ({
    kind: 'oauth_client_credentials',
    clientId: 'ingester',
    clientSecret: secret('s'),
    tokenUrl,
    scope: 'session:role:INGESTER',
  });

  it('can be a key pair, a token, OAuth and a password', async () => {
    const logins: Login[] = [
      { kind: 'key_pair', user: 'KEY', privateKey: secret(privateKey) },
      { kind: 'programmatic_access_token', user: 'TOKEN', token: secret('a-token') },
      oauth(),
      { kind: 'password', user: 'INGESTER', password: secret('secret') },
    ];
    for (const login of logins) expect(await faultsOf({ login })).toEqual([]);
  });

  it.each<[string, Login, string, RegExp]>([
    [
      'a key that is not registered',
      { kind: 'key_pair', user: 'KEY', privateKey: secret(otherKey) },
      '390144',
      /key pair is not accepted.*RSA_PUBLIC_KEY.*clock/,
    ],
    [
      'a public key',
      { kind: 'key_pair', user: 'KEY', privateKey: secret(publicKey) },
      'PRIVATE_KEY',
      /public key.*private key that belongs to it/,
    ],
    [
      'an expired token',
      { kind: 'programmatic_access_token', user: 'TOKEN', token: secret('old') },
      '394400',
      /access token is not accepted.*SNOWFLAKE_TOKEN/,
    ],
    [
      'a wrong password',
      { kind: 'password', user: 'INGESTER', password: secret('wrong') },
      '390100',
      /user or password is wrong.*SNOWFLAKE_USER/,
    ],
    [
      'a workload without an identity',
      { kind: 'workload_identity', provider: 'OIDC' },
      'WORKLOAD_IDENTITY',
      /workload identity: .*recognized Snowflake host.*SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER/,
    ],
  ])('are refused with an explanation: %s', async (_what, login, code, words) => {
    const faults = await faultsOf({ login });
    expect(faults).toMatchObject([{ class: 'setup', code }]);
    expect(faults.map(faultText).join()).toMatch(words);
  });

  it('can be a workload identity, for allowed hosts only', async () => {
    await endpoint.close();
    await start();
    const login: Login = { kind: 'workload_identity', provider: 'OIDC', token: secret('a-jwt') };
    const faults = await faultsOf({ login });
    expect(faults).toMatchObject([{ class: 'setup', code: 'WORKLOAD_IDENTITY' }]);
    expect(faults.map(faultText).join()).toMatch(
      /requires a recognized Snowflake host.*127\.0\.0\.1.*SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES/,
    );
    process.env['SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES'] = '127.0.0.1';
    try {
      expect(await faultsOf({ login })).toEqual([]);
    } finally {
      delete process.env['SNOWFLAKE_WIF_ALLOWED_HOST_SUFFIXES'];
    }
  });

  it('are read again for each login', async () => {
    let token = 'old';
    const login = (): Login => ({ kind: 'programmatic_access_token', user: 'TOKEN', token: secret(token) });
    expect(await faultsOf({ login })).toMatchObject([{ code: '394400' }]);
    token = 'a-token';
    expect(await faultsOf({ login })).toEqual([]);
  });

  it('distinguish errors of the token endpoint from those of Snowflake', async () => {
    tokenAnswer = { status: 401, body: { error: 'invalid_client' } };
    expect(await faultsOf({ login: oauth() })).toMatchObject([
      { class: 'setup', code: 'TOKEN_ENDPOINT', remedy: expect.stringContaining('_CLIENT_ID') },
    ]);
    tokenAnswer = { status: 503, body: {} };
    expect(await faultsOf({ login: oauth() })).toMatchObject([{ class: 'transient', code: 'HTTP_503' }]);
    tokenAnswer = { status: 200, body: { access_token: 'unknown', token_type: 'bearer' } };
    expect(await faultsOf({ login: oauth() })).toMatchObject([{ class: 'setup', code: '390303' }]);
  });
});

describe('a login that fails', () => {
  beforeEach(() => start());

  it.each<[keyof typeof LOGIN_ERRORS, RegExp]>([
    ['userDisabled', /user is disabled.*SET DISABLED = FALSE/],
    ['userLocked', /locked after failed logins.*Wait 15 minutes.*MINS_TO_UNLOCK/],
    ['roleMissing', /role cannot be used: Role 'NOBODY'.*SNOWFLAKE_ROLE.*GRANT ROLE/],
    ['oauthTokenExpired', /OAuth token has expired.*clock/],
  ])('says what to do: %s', async (error, words) => {
    endpoint.addFault({ on: 'login', kind: 'sql-error', ...LOGIN_ERRORS[error] });
    const [fault, ...others] = await faultsOf();
    expect(fault).toMatchObject({ class: 'setup', code: LOGIN_ERRORS[error].code });
    expect(textOf(fault)).toMatch(words);
    expect(others).toEqual([]);
  });

  it('names the address that a network policy blocks', async () => {
    const message = 'Incoming request with IP/Token 192.0.2.7 is not allowed to access Snowflake.';
    endpoint.addFault({ on: 'login', kind: 'sql-error', code: '390422', message });
    const [fault] = await faultsOf();
    expect(textOf(fault)).toMatch(/not allowed: .*192\.0\.2\.7.*network policy/);
  });

  it.each<[number, Fault['class'], RegExp]>([
    [403, 'setup', /refused \(HTTP 403\).*private link/],
    [404, 'setup', /no account at this address.*SNOWFLAKE_ACCOUNT/],
    [407, 'setup', /proxy requires authentication.*SNOWFLAKE_PROXY_USER/],
    [429, 'transient', /too many requests/],
    [503, 'transient', /cannot be reached at the moment \(HTTP 503\)/],
  ])('explains HTTP %i', async (status, kind, words) => {
    endpoint.addFault({ on: 'login', kind: 'http', status });
    const [fault] = await faultsOf();
    expect(fault).toMatchObject({ class: kind, code: `HTTP_${status}` });
    expect(textOf(fault)).toMatch(words);
  });

  it.each<[string, Partial<FaultRule>, string]>([
    ['a reset', { kind: 'reset' }, 'ECONNRESET'],
    ['no response', { kind: 'silence' }, 'NO_ANSWER'],
    ['half a response', { kind: 'half-response' }, 'UNREADABLE_ANSWER'],
  ])('can be retried after %s', async (_what, fault, code) => {
    endpoint.addFault({ on: 'login', ...fault } as FaultRule);
    const over = fault.kind === 'silence' ? { requestTimeoutMs: 2_000 } : {};
    expect(await faultsOf(over)).toMatchObject([{ class: 'transient', code }]);
    expect(await faultsOf()).toEqual([]);
  });

  it('can be retried if the connection is refused, or the host name cannot be resolved', async () => {
    const accessUrl = endpoint.url;
    await endpoint.close();
    expect(await faultsOf({ accessUrl })).toMatchObject([
      { class: 'transient', code: 'ECONNREFUSED', remedy: expect.stringContaining('SNOWFLAKE_ACCESS_URL') },
    ]);
    const [fault] = await faultsOf({ accessUrl: 'http://snowflake.invalid' });
    expect(fault).toMatchObject({ class: 'transient', code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) });
  });

  it('is refused if the account identifier is invalid', async () => {
    const [fault] = await faultsOf({ account: 'not an account', accessUrl: undefined });
    expect(fault).toMatchObject({ class: 'setup', code: 'DRIVER_OPTION' });
    expect(textOf(fault)).toMatch(/Invalid account.*SNOWFLAKE_ACCOUNT/);
  });
});

describe('a startup', () => {
  beforeEach(() => start());

  it('opens a session with the query tag, time limits and autocommit that were set', async () => {
    const repository = warehouse.repository(GROUP, { queryTag: "d'Yquem \\ pod-7" });
    expect(await repository.open()).toEqual([]);
    expect(endpoint.sessions).toMatchObject([
      {
        user: 'INGESTER',
        parameters: {
          QUERY_TAG: "d'Yquem \\ pod-7",
          LOCK_TIMEOUT: '10',
          STATEMENT_TIMEOUT_IN_SECONDS: '20',
          TIMEZONE: 'UTC',
          AUTOCOMMIT: 'FALSE',
          TRANSACTION_ABORT_ON_ERROR: 'TRUE',
        },
        temporaryTables: ['STG_INGESTION_BATCH'],
      },
    ]);
    await repository.close();
    expect(endpoint.sessions).toEqual([]);
  });

  it('names every privilege that the role lacks', async () => {
    for (const [privilege, table] of [
      ['INSERT', 'RAW_EVENTS_STREAM'],
      ['SELECT', 'RAW_EVENTS_STREAM'],
      ['INSERT', 'SALES_EVENTS_DLQ'],
      ['UPDATE', 'INGESTION_CHECKPOINTS'],
    ] as const)
      endpoint.revoke(privilege, table);

    const faults = await faultsOf();

    expect(new Set(faults.map(({ code }) => code))).toEqual(
      new Set([SQL_ERRORS.insufficientPrivileges.code]),
    );
    const text = faults.map(faultText).join('\n');
    expect(text).toMatch(
      /RAW_EVENTS_STREAM[^]*RAW_EVENTS_STREAM[^]*SALES_EVENTS_DLQ[^]*INGESTION_CHECKPOINTS/,
    );
    expect(text).toMatch(/operator schema apply/);
    expect(faults.length).toBeGreaterThanOrEqual(4);
  });

  it('needs no right to create anything', async () => {
    endpoint.revoke('CREATE TABLE');
    endpoint.revoke('CREATE VIEW');
    expect(await faultsOf()).toEqual([]);
  });

  it('names every table that is missing', async () => {
    await endpoint.run('DROP TABLE RAW_EVENTS_STREAM');
    await endpoint.run('DROP TABLE INGESTION_CHECKPOINTS');
    const faults = await faultsOf();
    expect(faults).toMatchObject([
      { class: 'setup', code: '002003', message: expect.stringContaining('RAW_EVENTS_STREAM') },
      { class: 'setup', code: '002003', message: expect.stringContaining('INGESTION_CHECKPOINTS') },
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['is missing', 'DELETE FROM INGESTION_CHECKPOINTS', /has 0 rows for its lock.*operator schema apply/],
    [
      'exists twice',
      'INSERT INTO INGESTION_CHECKPOINTS SELECT * FROM INGESTION_CHECKPOINTS',
      /has 2 rows for its lock.*Delete all but one/,
    ],
  ])('says that the row of the lock %s', async (_what, sql, words) => {
    await endpoint.run(sql);
    const [fault, ...others] = await faultsOf();
    expect(fault).toMatchObject({ class: 'setup', code: 'SENTINEL' });
    expect(textOf(fault)).toMatch(words);
    expect(others).toEqual([]);
  });

  it.each<['missing' | 'suspended' | 'over-quota', string, RegExp]>([
    ['missing', '000606', /no warehouse is active.*SNOWFLAKE_WAREHOUSE/],
    ['suspended', '000608', /warehouse is suspended.*AUTO_RESUME/],
    ['over-quota', '090073', /used up its quota.*resource monitor/],
  ])('says that the warehouse is %s', async (state, code, words) => {
    endpoint.warehouseState = state;
    const faults = await faultsOf();
    expect(faults[0]).toMatchObject({ class: 'setup', code });
    expect(faults.map(faultText).join()).toMatch(words);
  });

  it.each<[Partial<SnowflakeOptions>, string]>([
    [{ database: 'NOWHERE' }, 'SNOWFLAKE_DATABASE'],
    [{ schema: 'NOWHERE' }, 'SNOWFLAKE_SCHEMA'],
  ])('says which name is wrong: %j', async (over, key) => {
    const faults = await faultsOf(over);
    expect(faults.every((fault) => fault.class === 'setup')).toBe(true);
    expect(faults.map(faultText).join()).toContain(key);
  });

  it('accepts the tables of the previous service, and warns of the rows that it left', async () => {
    await endpoint.close();
    endpoint = await SnowflakeEndpoint.start();
    for (const sql of PREDECESSOR_TABLES) await endpoint.run(sql);
    await endpoint.run(`INSERT INTO STG_RAW_EVENTS_STREAM SELECT '{}', '{"event_type":"ORDER_CREATED"}'`);
    warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    const repository = new SnowflakeRepository(warehouse.options);

    expect(await repository.open()).toEqual([]);

    expect(repository.warnings).toEqual([
      expect.stringMatching(/STG_RAW_EVENTS_STREAM holds 1 rows.*read again from Kafka.*deleted once/),
    ]);
    expect(await repository.deletePredecessorRows()).toBe(1);
    expect(endpoint.table('STG_RAW_EVENTS_STREAM')).toEqual([]);
    expect(endpoint.openTransactions).toEqual([]);
    expect(await repository.deletePredecessorRows()).toBe(0);
    await repository.close();
  });

  it('says what to grant if it may not delete the rows of the previous service', async () => {
    for (const sql of PREDECESSOR_TABLES) await endpoint.run(sql);
    await endpoint.run(`INSERT INTO STG_RAW_EVENTS_STREAM SELECT '{}', '{"event_type":"ORDER_CREATED"}'`);
    endpoint.revoke('DELETE', 'STG_RAW_EVENTS_STREAM');
    const repository = new SnowflakeRepository(warehouse.options);
    expect(await repository.open()).toEqual([]);
    await expect(repository.deletePredecessorRows()).rejects.toMatchObject({
      fault: {
        class: 'setup',
        remedy: expect.stringMatching(/GRANT SELECT, DELETE ON TABLE STG_RAW_EVENTS_STREAM TO ROLE/),
      },
    });
    expect(endpoint.table('STG_RAW_EVENTS_STREAM')).toHaveLength(1);
    await repository.close();
  });

  it('gives no warnings otherwise', async () => {
    const repository = new SnowflakeRepository(warehouse.options);
    expect(await repository.open()).toEqual([]);
    expect(repository.warnings).toEqual([]);
    await repository.close();
  });

  it('reports neither secrets nor stack traces', async () => {
    const login: Login = { kind: 'password', user: 'INGESTER', password: new Secret('hunter2') };
    endpoint.addFault({ on: 'login', kind: 'sql-error', ...LOGIN_ERRORS.wrongPassword });
    const text = (await faultsOf({ login })).map(faultText).join();
    expect(text).not.toMatch(/hunter2|\n\s+at /);
  });
});
