import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings, Secret, SETTING_KEYS, SettingsError } from '#settings';
import { SnowflakeEndpoint, type FaultKind } from '#snowflake-endpoint';
import { eventually, OtlpEndpoint, REPOSITORY_ROOT } from '#testing';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { SecureBroker, USER } from '../support/secure-broker.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

type Env = Record<string, string>;

const FIXTURES = join(REPOSITORY_ROOT, 'libs/settings/fixtures');
const KEY = readFileSync(join(FIXTURES, 'test-client.key'), 'utf8');
const SECRET_KEYS = SETTING_KEYS.filter(({ kind }) => kind.isSecret).map(({ key }) => key);

const marker = (): string => `canary-${randomBytes(6).toString('hex')}`;

/** Examples of every kind of secret; the settings say which of them a key accepts. */
const SHAPES: readonly ((canary: string) => string)[] = [
  (canary) => canary,
  (canary) => `authorization=Bearer%20${canary}`,
  () => KEY,
];

/** A value for every secret setting, each with its own canary or the private key. */
function everySecret(): Env {
  return Object.fromEntries(
    SECRET_KEYS.map((key) => {
      const canary = marker();
      const fit = SHAPES.map((shape) => shape(canary)).find((value) => !isRefused(key, value));
      if (fit === undefined) throw new Error(`No canary fits ${key}: add a shape of its kind.`);
      return [key, fit];
    }),
  );
}

function isRefused(key: string, value: string): boolean {
  try {
    loadSettings({ WAREHOUSE: 'snowflake', [key]: value });
    return false;
  } catch (error) {
    return error instanceof SettingsError && error.message.includes(`${key}: (secret`);
  }
}

/** The texts that reveal secrets: each canary, its base64 at every alignment, each line of the key. */
function wordsOf(secrets: Iterable<string>): string[] {
  return [
    ...new Set([...secrets].flatMap((secret) => secret.match(/canary-[\da-f]+/g) ?? keyLines(secret))),
  ].flatMap((word) => [
    word,
    ...[0, 1, 2].map((shift) =>
      Buffer.from('x'.repeat(shift) + word)
        .toString('base64')
        .slice(shift === 0 ? 0 : 4, -4),
    ),
  ]);
}

function keyLines(pem: string): string[] {
  return pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
}

function expectNone(words: readonly string[], text: string): void {
  expect(text).not.toBe('');
  expect(words.filter((word) => text.includes(word))).toEqual([]);
}

/** The statements of a batch's transaction, each with a fault. The engine's error message quotes an event. */
const QUOTED = marker();
const FAULTS: [on: string, fault: FaultKind][] = [
  ['stage', { kind: 'reset' }],
  ['stage', { kind: 'garbage' }],
  [
    'insert RAW_EVENTS_STREAM',
    { kind: 'sql-error', code: '100038', message: `Numeric value '${QUOTED}' is not recognized` },
  ],
  ['insert SALES_EVENTS_DLQ', { kind: 'http', status: 401 }],
  ['update INGESTION_CHECKPOINTS', { kind: 'sql-error', code: '000625', message: `waiting: ${QUOTED}` }],
  ['commit', { kind: 'half-response' }],
  ['stage', { kind: 'session-gone' }],
];

describe('promise 9: no secret and no event content is revealed', () => {
  const password = marker();
  const secrets: Env = { ...everySecret(), KAFKA_SASL_PASSWORD: password };
  const secretWords = wordsOf(Object.values(secrets));
  const content = { value: marker(), key: marker(), header: marker(), broken: marker(), field: marker() };
  const contentWords = [...Object.values(content), QUOTED];
  let broker: SecureBroker;
  let endpoint: SnowflakeEndpoint;
  let collector: OtlpEndpoint;
  let base: Env;
  const scenarios: Scenario[] = [];

  beforeAll(async () => {
    broker = await SecureBroker.start(password);
    collector = await OtlpEndpoint.start();
    endpoint = await SnowflakeEndpoint.start({
      users: { INGESTER: { password: secrets['SNOWFLAKE_PASSWORD'] ?? '' } },
    });
    await SnowflakeWarehouse.start({
      accessUrl: endpoint.url,
      login: {
        kind: 'password',
        user: 'INGESTER',
        password: new Secret(secrets['SNOWFLAKE_PASSWORD'] ?? ''),
      },
    });
    base = {
      ...snowflakeEnv(endpoint),
      ...secrets,
      SNOWFLAKE_AUTHENTICATOR: 'password',
      KAFKA_BOOTSTRAP_SERVER: broker.login,
      ...broker.trust,
      KAFKA_TLS_CERT: readFileSync(join(FIXTURES, 'test-client.crt'), 'utf8'),
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: USER,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      LAKE_ACCESS_KEY_ID: 'an-id',
    };
  });
  afterAll(async () => {
    for (const scenario of scenarios) await scenario.cleanUp();
    await endpoint.close();
    await collector.stop();
    await broker.stop();
  });

  async function newScenario(name: string): Promise<Scenario> {
    const scenario = await Scenario.create(name, { bootstrap: broker.broker.bootstrapServer });
    scenarios.push(scenario);
    return scenario;
  }

  /** A valid event and bad ones of each kind, all with canaries. */
  async function produceCanaries(scenario: Scenario): Promise<void> {
    const { value } = validOrder();
    const headers = { note: content.header };
    const order = { ...(JSON.parse(value) as object), product_name: content.value };
    await scenario.produce([
      { key: content.key, value: JSON.stringify(order), headers },
      {
        key: content.key,
        value: JSON.stringify({ ...order, customer_id: content.value, [content.field]: 1 }),
        headers,
      },
      { key: content.key, value: JSON.stringify({ ...order, event_type: content.value }), headers },
      { key: content.key, value: `{"note": ${content.broken}`, headers },
    ]);
  }

  /** Everything that the service outputs while it runs. */
  async function answersOf(ingester: Ingester): Promise<string> {
    const answers = await Promise.all(
      ['/health', '/health/live', '/metrics'].map((path) => ingester.get(path)),
    );
    return answers.map(({ body }) => body).join('\n');
  }

  async function settle(ingester: Ingester, events: number): Promise<void> {
    await ingester.untilMetric('batch_size_events_sum', events);
    await ingester.untilMetric('kafka_lag', 0);
  }

  it.each(['info', 'trace'])(
    'on Snowflake with LOG_LEVEL=%s: faults at each statement, dead letters, drain',
    async (level) => {
      const scenario = await newScenario(`secrets-${level}`);
      const ingester = await scenario.startIngester({ ...base, LOG_LEVEL: level });
      let told = '';
      for (const [index, [on, fault]] of FAULTS.entries()) {
        const armed = endpoint.addFault({ ...fault, on });
        await produceCanaries(scenario);
        await armed.happened;
        told += await answersOf(ingester);
        await settle(ingester, 4 * (index + 1));
      }
      told += await answersOf(ingester);
      expect(await ingester.metric('faults_total')).toBeGreaterThan(0);
      expect(await ingester.stop()).toBe(0);
      await eventually(() => collector.named(`process ${scenario.topic}`).length > 0);
      told += ingester.output + collector.bodies.join('\n');

      expectNone(secretWords, told);
      if (level === 'info') expectNone(contentWords, told);
    },
  );

  it('on DuckDB', async () => {
    const scenario = await newScenario('secrets-duckdb');
    const duckdb = { WAREHOUSE: 'duckdb', DUCKDB_PATH: scenario.duckdbPath };
    const ingester = await scenario.startIngester({ ...base, ...duckdb });
    await produceCanaries(scenario);
    await settle(ingester, 4);
    const answers = await answersOf(ingester);
    expect(await ingester.stop()).toBe(0);
    const told = answers + ingester.output + collector.bodies.join('\n');

    expectNone([...secretWords, ...contentWords], told);
  });

  it('if the warehouse or Kafka rejects a login of the service or the operator', async () => {
    const scenario = await newScenario('secrets-refused');
    const wrong = marker();
    const words = [...secretWords, ...wordsOf([wrong])];
    for (const key of ['SNOWFLAKE_PASSWORD', 'KAFKA_SASL_PASSWORD']) {
      const ingester = await scenario.launchIngester({ ...base, [key]: wrong, LOG_LEVEL: 'trace' });
      expect(await ingester.exit()).toBe(1);
      expect(ingester.output).toContain(key);
      expectNone(words, ingester.output);
    }
    const refused = await operator({ ...base, SNOWFLAKE_PASSWORD: wrong }, 'dead-letters', 'list');
    expect(refused.code).toBe(1);
    expectNone(words, refused.stdout + refused.stderr);
  });

  it('by the commands of the operator', async () => {
    const scenario = await newScenario('secrets-operator');
    const env = { ...base, KAFKA_TOPIC_NAME: scenario.topic, KAFKA_GROUP_ID: scenario.group };
    const commands = [
      ['schema', 'plan'],
      ['schema', 'apply', '--json'],
      ['dead-letters', 'list'],
      ['dead-letters', 'show', 'nowhere-0@1'],
      ['dead-letters', 'redrive', '--all', '--dry-run'],
      ['no-such-command'],
    ];
    for (const command of commands) {
      const { stdout, stderr } = await operator(env, ...command);
      expectNone(secretWords, stdout + stderr);
    }
  });

  it('if the configuration is wrong: invalid values, missing files, misspelled names', async () => {
    const unfit = SECRET_KEYS.map((key) => [key, `${secrets[key] ?? ''}\0\n`.replace('\0', '\r')] as const);
    const files = SECRET_KEYS.map((key) => [`${key}_FILE`, secrets[key] ?? ''] as const);
    const both = SECRET_KEYS.flatMap((key) => [
      [key, secrets[key] ?? ''] as const,
      [`${key}_FILE`, secrets[key] ?? ''] as const,
    ]);
    const misspelled = SECRET_KEYS.map((key) => [`${key}X`, secrets[key] ?? ''] as const);
    const scenario = await newScenario('secrets-wrong');
    for (const entries of [unfit, files, both]) {
      const env = { ...Object.fromEntries(entries), METRICS_PORT: 'eight' };
      const ingester = await scenario.launchIngester(env);
      expect(await ingester.exit()).toBe(78);
      expectNone(secretWords, ingester.output);
      const { code, stdout, stderr } = await operator(env, 'dead-letters', 'list');
      expect(code).toBe(78);
      expectNone(secretWords, stdout + stderr);
    }
    const { warnings } = loadSettings({
      WAREHOUSE: 'duckdb',
      DUCKDB_PATH: '/x',
      ...Object.fromEntries(misspelled),
    });
    expect(warnings.length).toBeGreaterThanOrEqual(SECRET_KEYS.length);
    expectNone(secretWords, warnings.join('\n'));
  });
});
