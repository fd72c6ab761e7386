import { join } from 'node:path';
import { operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { SecureBroker, USER } from '../support/secure-broker.js';
import { Scenario } from '../support/scenario.js';

const PASSWORD = 'correct-horse-47';
const WRONG_PASSWORD = 'battery-staple-11';

type Env = Record<string, string>;

/** A configuration that cannot connect. */
interface WrongCase {
  env: () => Env;
  /** The expected message: what happened, and which setting to change. */
  says: RegExp[];
  /** Whether the service waits, alive but not ready, because an unavailable broker looks the same. */
  waits?: true;
}

describe('TLS and SASL', () => {
  let broker: SecureBroker;
  let scenario: Scenario;

  beforeAll(async () => {
    broker = await SecureBroker.start(PASSWORD);
    scenario = await Scenario.create('tls', { bootstrap: broker.broker.bootstrapServer });
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await broker.stop();
  });

  /** TLS with a login, and a test's changes to it. */
  function login(mechanism: string, over: Env = {}): Env {
    return {
      KAFKA_BOOTSTRAP_SERVER: broker.login,
      ...broker.trust,
      KAFKA_SASL_MECHANISM: mechanism,
      KAFKA_SASL_USERNAME: USER,
      KAFKA_SASL_PASSWORD: PASSWORD,
      ...over,
    };
  }

  /** TLS with a client certificate, and a test's changes to it. */
  function mutual(over: Env = {}): Env {
    return {
      KAFKA_BOOTSTRAP_SERVER: broker.mutual,
      ...broker.trust,
      KAFKA_TLS_CERT_FILE: broker.client.certFile,
      KAFKA_TLS_KEY_FILE: broker.client.keyFile,
      ...over,
    };
  }

  const RIGHT: Record<string, () => Env> = {
    'SCRAM-SHA-512': () => login('scram-sha-512'),
    'SCRAM-SHA-256': () => login('scram-sha-256'),
    PLAIN: () => login('plain'),
    'a client certificate': () => mutual(),
  };

  it.each(Object.entries(RIGHT))('the service stores and the operator redrives with %s', async (_, env) => {
    const before = await storedRows();
    const ingester = await scenario.startIngester(env());
    await scenario.produce([validOrder(), { key: 'k', value: 'no json' }]);
    await ingester.untilMetric('snowflake_events_inserted_total', 1);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    expect(await storedRows()).toBe(before + 1);

    const redrive = await redriveAll(env());
    expect(redrive.code).toBe(0);
    expect((JSON.parse(redrive.stdout) as { sent: number }).sent).toBeGreaterThan(0);
  });

  const WRONG: Record<string, WrongCase> = {
    'no CA': {
      env: () => login('plain', { KAFKA_TLS_CA_FILE: '' }),
      says: [/unable to verify|self-signed/, /KAFKA_TLS_CA_FILE/],
    },
    'another CA': {
      env: () => login('plain', { KAFKA_TLS_CA_FILE: broker.client.certFile }),
      says: [/unable to verify|self-signed/, /KAFKA_TLS_CA_FILE/],
    },
    'a certificate for another host': {
      env: () => login('plain', { KAFKA_TLS_SERVER_NAME: 'elsewhere.example' }),
      says: [/elsewhere\.example/, /KAFKA_TLS_SERVER_NAME/],
    },
    'a wrong password by PLAIN': {
      env: () => login('plain', { KAFKA_SASL_PASSWORD: WRONG_PASSWORD }),
      says: [/Invalid username or password/, /KAFKA_SASL_PASSWORD/],
    },
    'a wrong password by SCRAM-SHA-256': {
      env: () => login('scram-sha-256', { KAFKA_SASL_PASSWORD: WRONG_PASSWORD }),
      says: [/invalid credentials/, /KAFKA_SASL_PASSWORD/],
    },
    'an unknown user': {
      env: () => login('scram-sha-512', { KAFKA_SASL_USERNAME: 'nobody' }),
      says: [/invalid credentials/, /KAFKA_SASL_USERNAME/],
    },
    'no client certificate': {
      env: () => mutual({ KAFKA_TLS_CERT_FILE: '', KAFKA_TLS_KEY_FILE: '' }),
      says: [/alert.*certificate/, /KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE/],
    },
    'a login although none is required': {
      env: () => ({ ...login('plain'), ...mutual() }),
      says: [/SASL state/, /KAFKA_SASL_MECHANISM/],
    },
    'no login although one is required': {
      env: () => ({ KAFKA_BOOTSTRAP_SERVER: broker.login, ...broker.trust }),
      says: [/Closed connection/, /KAFKA_SASL_MECHANISM/],
      waits: true,
    },
    'no TLS although the broker requires it': {
      env: () => login('plain', { KAFKA_TLS: 'false' }),
      says: [/Closed connection/, /KAFKA_TLS/],
      waits: true,
    },
    'TLS although the broker does not support it': {
      env: () => login('plain', { KAFKA_BOOTSTRAP_SERVER: broker.broker.bootstrapServer }),
      says: [/before secure TLS connection/, /KAFKA_TLS/],
      waits: true,
    },
  };

  it('a service that cannot connect reports why, and which setting to change', async () => {
    // In parallel: each mostly waits for the retries of the Kafka client.
    await Promise.all(Object.entries(WRONG).map(([name, wrong]) => refused(name, wrong)));
  });

  it('the operator reports rejections the same way', async () => {
    await scenario.produce([{ key: 'k', value: 'no json either' }]);
    const ingester = await scenario.startIngester();
    await ingester.until('the letter', async () => (await ingester.metric('dlq_messages_total')) > 0);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    for (const name of ['a wrong password by PLAIN', 'an unknown user', 'another CA']) {
      const { env, says } = WRONG[name] ?? { env: () => ({}), says: [] };
      const { code, stdout, stderr } = await redriveAll(env());
      expect({ name, code }).toEqual({ name, code: 1 });
      for (const words of says) expect(stderr).toMatch(words);
      expectClean(stdout + stderr);
    }
  });

  async function refused(name: string, { env, says, waits }: WrongCase): Promise<void> {
    // Its own file, as DuckDB allows only one process.
    const own = { DUCKDB_PATH: join(scenario.folder, `${name}.duckdb`) };
    const ingester = await scenario.launchIngester({ ...env(), ...own });
    const told = () =>
      ingester
        .log()
        .map(({ msg }) => String(msg))
        .find((msg) => /Not started|Waiting to start/.test(msg));
    await ingester.until(`${name} is told`, () => told() !== undefined, 60_000);
    for (const words of says) expect(`${name}: ${told() ?? ''}`).toMatch(words);
    if (waits === true) await expectWaiting(ingester, says);
    else expect({ name, code: await ingester.exit() }).toEqual({ name, code: 1 });
    expectClean(ingester.output);
  }

  async function expectWaiting(ingester: Ingester, says: RegExp[]): Promise<void> {
    const { status, body } = await ingester.get('/health');
    expect(status).toBe(503);
    for (const words of says) expect(body).toMatch(words);
    expect((await ingester.get('/health/live')).status).toBe(200);
    expect(await ingester.stop()).toBe(0);
  }

  function expectClean(output: string): void {
    expect(output).not.toMatch(/^\s+at |\\n\s+at |should not have happened/m);
    expect(output).not.toContain(PASSWORD);
    expect(output).not.toContain(WRONG_PASSWORD);
    expect(output).not.toContain('PRIVATE KEY');
  }

  function redriveAll(env: Env) {
    const place = {
      KAFKA_TOPIC_NAME: scenario.topic,
      KAFKA_GROUP_ID: scenario.group,
      WAREHOUSE: 'duckdb',
      DUCKDB_PATH: scenario.duckdbPath,
    };
    return operator({ ...place, ...env }, 'dead-letters', 'redrive', '--all', '--force', '--json');
  }

  async function storedRows(): Promise<number> {
    const [row] = await scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM').catch(() => []);
    return Number(row?.['N'] ?? 0);
  }
});
