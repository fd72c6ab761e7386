import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { SecureBroker } from '../support/secure-broker.js';
import { CLIENT_ID, TokenEndpoint } from '../support/token-endpoint.js';

const SECRET = 'a+secret/with=signs 47';
const BASIC = Buffer.from(`${CLIENT_ID}:`).toString('base64').slice(0, 24);
const ASSERTION = 'head.canary-assertion.tail';
/** Tokens are renewed when 12 s remain, and kafkajs logs in again when 10 s remain. */
const SHORT_LIFE_SECONDS = 16;

type Env = Record<string, string>;

describe('OAUTHBEARER', () => {
  let folder: string;
  let endpoint: TokenEndpoint;
  let broker: SecureBroker;
  let scenario: Scenario;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oauth-'));
    endpoint = await TokenEndpoint.start(SECRET, ASSERTION);
    const { extra, javaOptions } = await endpoint.brokerOptions(folder);
    broker = await SecureBroker.start('unused', extra, javaOptions);
  });
  beforeEach(async () => {
    scenario = await Scenario.create('oauth', { bootstrap: broker.broker.bootstrapServer });
  });
  afterEach(async () => {
    await scenario.cleanUp();
    Object.assign(endpoint, { failure: null, lifeSeconds: 3_600 });
  });
  afterAll(async () => {
    await broker.stop();
    await endpoint.close();
    await rm(folder, { recursive: true });
  });

  function login(over: Env): Env {
    return {
      KAFKA_BOOTSTRAP_SERVER: broker.login,
      ...broker.trust,
      KAFKA_SASL_MECHANISM: 'oauthbearer',
      ...over,
    };
  }

  function credentials(over: Env = {}): Env {
    return login({
      KAFKA_OAUTH_TOKEN_URL: endpoint.url,
      KAFKA_OAUTH_CLIENT_ID: CLIENT_ID,
      KAFKA_OAUTH_CLIENT_SECRET: SECRET,
      ...over,
    });
  }

  function redriveAll(env: Env) {
    const own = { ...scenario.env, ...env };
    return operator(own, 'dead-letters', 'redrive', '--all', '--force', '--json');
  }

  async function storeOneMore(ingester: Ingester): Promise<void> {
    const before = await ingester.metric('snowflake_events_inserted_total');
    await scenario.produce([validOrder()]);
    await ingester.untilMetric('snowflake_events_inserted_total', before + 1);
  }

  function expectClean(output: string): void {
    for (const secret of [SECRET, encodeURIComponent(SECRET), ASSERTION, BASIC, ...endpoint.tokens])
      expect(output).not.toContain(secret);
    expect(output).not.toMatch(/^\s+at |\\n\s+at |should not have happened/m);
  }

  it('by a client secret: ingester, archiver and operator do their work', async () => {
    const services = [
      await scenario.startIngester(credentials()),
      await scenario.startArchiver(credentials()),
    ];
    const [ingester, archiver] = services as [Ingester, Ingester];
    await scenario.produce([validOrder(), { key: 'k', value: 'no json' }]);
    await scenario.untilSettled(ingester);
    await scenario.untilArchived(archiver);
    for (const service of services) {
      expect(await service.stop()).toBe(0);
      expectClean(service.output);
    }
    const refused = await redriveAll(credentials({ KAFKA_OAUTH_CLIENT_SECRET: 'another' }));
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Check KAFKA_OAUTH_CLIENT_ID'),
    });
    expectClean(refused.stdout + refused.stderr);
    const redrive = await redriveAll(credentials());
    expect({ code: redrive.code, ...(JSON.parse(redrive.stdout) as object) }).toMatchObject({
      code: 0,
      sent: 1,
    });
    expectClean(redrive.stdout + redrive.stderr);
  });

  it('by an assertion of a workload identity and with extensions', async () => {
    const env = { KAFKA_OAUTH_CLIENT_SECRET: '', KAFKA_OAUTH_CLIENT_ASSERTION: ASSERTION };
    const ingester = await scenario.startIngester(
      credentials({ ...env, KAFKA_OAUTH_EXTENSIONS: 'logicalCluster=lkc-1,identityPoolId=pool-1' }),
    );
    await storeOneMore(ingester);
    expect(await ingester.stop()).toBe(0);
    expectClean(ingester.output);
  });

  it('a token that ends is renewed, also after the endpoint failed until it ended: nothing is lost', async () => {
    endpoint.lifeSeconds = SHORT_LIFE_SECONDS;
    const ingester = await scenario.startIngester(credentials());
    const first = endpoint.tokens.length;
    await ingester.until('three renewals', () => endpoint.tokens.length >= first + 3, 120_000);
    await storeOneMore(ingester);
    expect(ingester.output).not.toContain('OAUTH_TOKEN_ENDPOINT');

    endpoint.failure = 503;
    await ingester.until('no token is valid', () =>
      ingester.log().some(({ msg }) => /the consumer failed: .* no token: HTTP status 503/.test(String(msg))),
    );
    await scenario.produce([validOrder(), validOrder()]);
    endpoint.failure = null;
    await scenario.untilSettled(ingester);
    await storeOneMore(ingester);
    expect(await ingester.stop()).toBe(0);
    expectClean(ingester.output);
    const [row] = await scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM');
    expect(row).toEqual({ N: '4' });
  });

  it('a token from a file is read again when the old one ends', async () => {
    endpoint.lifeSeconds = 2 * SHORT_LIFE_SECONDS;
    const file = join(scenario.folder, 'token');
    await writeFile(file, endpoint.token());
    const ingester = await scenario.startIngester(login({ KAFKA_OAUTH_TOKEN_FILE: file }));
    for (let renewals = 1; renewals <= 2; renewals++) {
      await writeFile(`${file}.new`, `${endpoint.token()}\n`);
      await rename(`${file}.new`, file);
      const reloads = () => ingester.output.split('Reloaded: KAFKA_OAUTH_TOKEN_FILE').length - 1;
      await ingester.until(`reload ${renewals}`, () => reloads() === renewals);
      await storeOneMore(ingester);
    }
    expect(await ingester.stop()).toBe(0);
    expectClean(ingester.output);
  });

  const WRONG: Record<string, { env: () => Env; says: RegExp[]; waits?: true }> = {
    'a wrong secret': {
      env: () => credentials({ KAFKA_OAUTH_CLIENT_SECRET: 'another' }),
      says: [/HTTP status 401, invalid_client/, /KAFKA_OAUTH_CLIENT_SECRET/],
    },
    'a scope that does not exist': {
      env: () => credentials({ KAFKA_OAUTH_SCOPE: 'nothing' }),
      says: [/HTTP status 400, invalid_scope/, /KAFKA_OAUTH_SCOPE/],
    },
    'an endpoint that does not run': {
      env: () => credentials({ KAFKA_OAUTH_TOKEN_URL: 'http://127.0.0.1:59999/token' }),
      says: [/gave no token: .*ECONNREFUSED/, /KAFKA_OAUTH_TOKEN_URL/],
      waits: true,
    },
    'a token for somebody else': {
      env: () => login({ KAFKA_OAUTH_TOKEN: endpoint.token({ aud: 'elsewhere' }) }),
      says: [/the broker refused the token: .*invalid_token.*valid until 20/, /audience/],
    },
    'a token that has ended': {
      env: () => login({ KAFKA_OAUTH_TOKEN: endpoint.token({ exp: 1_700_000_000 }) }),
      says: [/the broker refused the token: .*valid until 2023-11-14/, /what renews the token/],
    },
  };

  it.each(Object.entries(WRONG))(
    'a service with %s says so, and what to change',
    async (_, { env, says, waits }) => {
      const ingester = await scenario.launchIngester(env());
      const told = () =>
        ingester
          .log()
          .map(({ msg }) => String(msg))
          .find((msg) => /Not started|Waiting to start/.test(msg));
      await ingester.until('told', () => told() !== undefined, 60_000);
      for (const words of says) expect(told()).toMatch(words);
      expect(waits === true ? await ingester.stop() : await ingester.exit()).toBe(waits === true ? 0 : 1);
      expectClean(ingester.output);
    },
  );
});
