import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  describeSettings,
  loadKafkaSettings,
  loadSettings,
  SETTING_KEYS,
  SettingsError,
  type Environment,
} from './index.js';

const DUCKDB = { WAREHOUSE: 'duckdb', DUCKDB_PATH: 'data/events.duckdb' };
const KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const SNOWFLAKE = {
  SNOWFLAKE_ACCOUNT: 'myorg-myaccount',
  SNOWFLAKE_USER: 'INGESTER',
  SNOWFLAKE_WAREHOUSE: 'WH',
  SNOWFLAKE_DATABASE: 'DB',
};
const FIXTURES = join(import.meta.dirname, '../fixtures');
const CERTIFICATE = readFileSync(join(FIXTURES, 'test-client.crt'), 'utf8');
const CERTIFICATE_KEY = readFileSync(join(FIXTURES, 'test-client.key'), 'utf8');

const load = (env: Environment) => loadSettings({ ...DUCKDB, ...env }, false);

function problemsOf(env: Environment): readonly string[] {
  try {
    loadSettings(env, false);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

const problems = (env: Environment) => problemsOf({ ...DUCKDB, ...env });
const snowflakeProblems = (env: Environment) => problemsOf({ ...SNOWFLAKE, ...env });

describe('loadSettings', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function file(content: string | Buffer): string {
    const path = join(folder, 'value');
    writeFileSync(path, content);
    return path;
  }

  it('takes the documented defaults where nothing is set', () => {
    const { settings, warnings } = load({});
    expect(warnings).toEqual([]);
    expect(settings.kafka).toMatchObject({
      bootstrapServers: ['localhost:9092'],
      topicName: 'sales_events',
      groupId: 'snowflake-ingestion-les-caves-albert-v1',
      sessionTimeoutMs: 30_000,
      acceptNewGroup: false,
      tls: false,
      saslPassword: undefined,
    });
    expect(settings.batch).toMatchObject({ minEvents: 100, maxWaitMs: 10_000, eventMaxBytes: 16_777_216 });
    expect(settings.deadLetter).toMatchObject({
      topic: 'sales_events_dlq',
      maxRatio: 0.5,
      ratioWindowEvents: 10_000,
      maxRun: 1_000,
    });
    expect(settings.service).toMatchObject({ metricsPort: 8000, drainTimeoutMs: 25_000 });
    expect(settings.duckDb?.path).toBe('data/events.duckdb');
    expect(settings.snowflake).toBeNull();
  });

  it('derives the dead-letter topic from the topic', () => {
    expect(load({ KAFKA_TOPIC_NAME: 'tastings' }).settings.deadLetter.topic).toBe('tastings_dlq');
    expect(load({ KAFKA_TOPIC_NAME: 'tastings', DLQ_TOPIC: 'bad' }).settings.deadLetter.topic).toBe('bad');
  });

  it('refuses a derived dead-letter topic whose name is too long', () => {
    expect(problems({ KAFKA_TOPIC_NAME: 't'.repeat(249) })).toEqual([
      expect.stringMatching(/^DLQ_TOPIC: "t+\.\.\. \(253 characters\)" given, expected a Kafka topic name/),
    ]);
  });

  it('never falls to DuckDB by itself', () => {
    expect(problemsOf({ DUCKDB_PATH: 'x' })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^SNOWFLAKE_ACCOUNT: not set/)]),
    );
  });

  it('counts an empty text as not set', () => {
    expect(load({ METRICS_PORT: '', KAFKA_TOPIC_NAME_FILE: '' }).settings.service.metricsPort).toBe(8000);
  });

  it('names every problem at once: key, what was given, what is expected', () => {
    expect(
      problems({
        KAFKA_BOOTSTRAP_SERVER: 'kafka',
        KAFKA_TOPIC_NAME: 'sales events',
        BATCH_MIN_EVENTS: 'many',
        METRICS_PORT: '80000',
        KAFKA_TLS: 'yes',
        LOG_LEVEL: 'loud',
      }),
    ).toEqual([
      'KAFKA_BOOTSTRAP_SERVER: "kafka" given, expected host:port, or several of them with commas between, IPv6 addresses as [address]:port',
      'KAFKA_TOPIC_NAME: "sales events" given, expected a Kafka topic name: 1 to 249 letters, digits, dots, underscores or hyphens',
      'KAFKA_TLS: "yes" given, expected true or false',
      'BATCH_MIN_EVENTS: "many" given, expected a whole number from 1 to 1000000',
      expect.stringMatching(/^DLQ_TOPIC: "sales events_dlq" given/),
      'METRICS_PORT: "80000" given, expected a whole number from 1 to 65535',
      'LOG_LEVEL: "loud" given, expected one of trace, debug, info, warn, error, fatal, silent',
    ]);
  });

  it('prints one line a problem', () => {
    const error = new SettingsError(problems({ KAFKA_TOPIC_NAME: 'two\nlines', METRICS_PORT: 'x' }));
    expect(error.message.split('\n')).toHaveLength(1 + error.problems.length);
    expect(error.message).toMatch(/^The configuration has 3 problems:\n {2}KAFKA_TOPIC_NAME: "two\\nlines"/);
  });

  it('shows what may be a misspelled name beside the problems', () => {
    const load = () =>
      loadSettings({ WAREHOUSE: 'duckdb', DUCKDB_PAHT: 'hunter2', METRICS_PORT: 'x' }, false);
    expect(load).toThrow(
      /^The configuration has 2 problems:\n {2}DUCKDB_PATH: not set.*\n {2}METRICS_PORT: .*\nAlso:\n {2}DUCKDB_PAHT is not known.*is DUCKDB_PATH meant\?$/,
    );
    expect(load).not.toThrow(/hunter2/);
  });

  it.each(['1e3', '1e3x', ' 5', '5 ', '5.0', '-5', '0x10', '05', '+5', '1_000', 'NaN', '9'.repeat(400)])(
    'refuses %j as a number',
    (value) => {
      expect(problems({ BATCH_MIN_EVENTS: value })).toEqual([expect.stringMatching(/^BATCH_MIN_EVENTS: /)]);
    },
  );

  it.each(['TRUE', '1', 'on', ' true'])('refuses %j as a switch', (value) => {
    expect(problems({ KAFKA_ACCEPT_NEW_GROUP: value })).toEqual([
      `KAFKA_ACCEPT_NEW_GROUP: "${value}" given, expected true or false`,
    ]);
  });

  it.each(['1.1', '-0.1', '.5', '0,5', '50%', '1e-1', 'NaN'])('refuses %j as a share', (value) => {
    expect(problems({ DLQ_MAX_RATIO: value })).toEqual([
      `DLQ_MAX_RATIO: "${value}" given, expected a number from 0 to 1, such as 0.5`,
    ]);
  });

  it.each(['0', '0.25', '1', '1.0'])('takes %j as a share', (value) => {
    expect(load({ DLQ_MAX_RATIO: value }).settings.deadLetter.maxRatio).toBe(Number(value));
  });

  it.each([
    'a:1,,b:2',
    ',a:1',
    'a:0',
    'a:65536',
    'a:b',
    'a b:1',
    ':9092',
    'a..b:1',
    '::1:9092',
    '[::1]',
    '[a]:1',
    '[::g]:1',
    'PLAINTEXT://a:1',
  ])('refuses %j as brokers', (value) => {
    expect(problems({ KAFKA_BOOTSTRAP_SERVER: value })).toHaveLength(1);
  });

  it.each([
    ['[::1]:9092', ['[::1]:9092']],
    ['[fd00::10]:9092,kafka:9092', ['[fd00::10]:9092', 'kafka:9092']],
    ['kafka.example.com.:9093', ['kafka.example.com.:9093']],
    ['a:1,b:2, ', ['a:1', 'b:2']],
  ])('takes %j as brokers', (value, brokers) => {
    expect(load({ KAFKA_BOOTSTRAP_SERVER: value }).settings.kafka.bootstrapServers).toEqual(brokers);
  });

  it.each([
    ['KAFKA_BOOTSTRAP_SERVER', 'wine:hunter2@kafka:9092'],
    ['KAFKA_BOOTSTRAP_SERVER', 'kafka:9092,SASL_SSL://wine:hunter2@kafka:9093'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://wine:hunter2@collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://hunter2@collector:4318'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://:hunter2@collector:4318/v1/traces'],
    ['METRICS_HOST', 'wine:hunter2@host'],
  ])('refuses %s with a user or password in it, and does not repeat them', (key, value) => {
    const found = problems({ [key]: value });
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain('hunter2');
  });

  it.each(['::', '::1', '[::1]', '0.0.0.0', 'localhost'])('opens its port on %s', (value) => {
    expect(load({ METRICS_HOST: value }).settings.service.metricsHost).toBe(value.replace(/[[\]]/g, ''));
  });

  it('drops a byte order mark before a value or a path', () => {
    const path = file('\uFEFFtastings');
    expect(load({ KAFKA_TOPIC_NAME: '\uFEFFtastings' }).settings.kafka.topicName).toBe('tastings');
    expect(load({ KAFKA_TOPIC_NAME_FILE: path }).settings.kafka.topicName).toBe('tastings');
    expect(load({ KAFKA_TOPIC_NAME_FILE: `\uFEFF${path}` }).settings.kafka.topicName).toBe('tastings');
    expect(load({ KAFKA_TOPIC_NAME: '\uFEFF' }).settings.kafka.topicName).toBe('sales_events');
  });

  it('takes several brokers, with or without spaces between', () => {
    expect(
      load({ KAFKA_BOOTSTRAP_SERVER: 'k-1.example.com:9093, 10.0.0.2:9092' }).settings.kafka.bootstrapServers,
    ).toEqual(['k-1.example.com:9093', '10.0.0.2:9092']);
  });

  it.each(['.', '..', 'a/b', 'a b', 'é'])('refuses %j as a topic', (value) => {
    expect(problems({ DLQ_TOPIC: value })).toHaveLength(1);
  });

  it('explains a port that Kubernetes has set for a service', () => {
    expect(problems({ METRICS_PORT: 'tcp://10.0.0.1:80' })).toEqual([
      expect.stringContaining('set enableServiceLinks: false in the pod'),
    ]);
  });

  describe('files', () => {
    it('reads any key from the file that KEY_FILE names, without the line end', () => {
      expect(load({ KAFKA_TOPIC_NAME_FILE: file('tastings\r\n') }).settings.kafka.topicName).toBe('tastings');
      expect(load({ BATCH_MIN_EVENTS_FILE: file('7\n') }).settings.batch.minEvents).toBe(7);
    });

    it('refuses a key that is set both ways', () => {
      expect(problems({ DLQ_TOPIC: 'a', DLQ_TOPIC_FILE: file('b') })).toEqual([
        'DLQ_TOPIC: DLQ_TOPIC_FILE is set as well; set one of the two',
      ]);
    });

    it('says what is wrong with a file, once', () => {
      const missing = join(folder, 'missing');
      mkdirSync(join(folder, 'folder'));
      expect(problems({ DLQ_TOPIC_FILE: missing })).toEqual([
        `DLQ_TOPIC_FILE: "${missing}" cannot be read (ENOENT)`,
      ]);
      expect(problems({ DLQ_TOPIC_FILE: join(folder, 'folder') })).toEqual([
        expect.stringContaining('is a folder, expected a file'),
      ]);
      expect(problems({ DLQ_TOPIC_FILE: file('\n') })).toEqual([expect.stringContaining('is empty')]);
      expect(problems({ DLQ_TOPIC_FILE: file(Buffer.alloc(1_048_577, 'a')) })).toEqual([
        expect.stringContaining('is larger than 1048576 bytes'),
      ]);
      expect(problems({ DLQ_TOPIC_FILE: file(Buffer.from([0xff, 0xfe])) })).toEqual([
        expect.stringContaining('is not UTF-8'),
      ]);
      expect(problems({ DLQ_TOPIC_FILE: file(Buffer.from('\uFEFFtopic', 'utf16le')) })).toEqual([
        expect.stringContaining('is not UTF-8 text but UTF-16'),
      ]);
      expect(problems({ DLQ_TOPIC_FILE: '/dev/null' })).toEqual([
        expect.stringContaining('is not a regular file'),
      ]);
      expect(problems({ DLQ_TOPIC_FILE: '~/topic' })).toEqual([
        'DLQ_TOPIC_FILE: "~/topic" cannot be read (ENOENT): only a shell knows what ~ is; give the whole path',
      ]);
      expect(problems({ DLQ_TOPIC_FILE: 'a\0b' })).toEqual([expect.stringContaining('cannot be read')]);
    });

    it('names the value that it found in a file and cannot use', () => {
      expect(problems({ METRICS_PORT_FILE: file('metrics') })).toEqual([
        'METRICS_PORT: "metrics" given, expected a whole number from 1 to 65535',
      ]);
    });

    it('does not print a secret that was set where a path belongs', () => {
      const [problem] = snowflakeProblems({ SNOWFLAKE_PASSWORD_FILE: 'hunter2' });
      expect(problem).toBe('SNOWFLAKE_PASSWORD_FILE: (a path of 7 characters) cannot be read (ENOENT)');
    });
  });

  describe('rules between settings', () => {
    it.each([
      [{ KAFKA_HEARTBEAT_INTERVAL_MS: '30000' }, 'KAFKA_HEARTBEAT_INTERVAL_MS: 30000 given, expected less'],
      [
        {
          KAFKA_SESSION_TIMEOUT_MS: '1000',
          KAFKA_HEARTBEAT_INTERVAL_MS: '300',
          KAFKA_FETCH_MAX_WAIT_MS: '1000',
        },
        'KAFKA_FETCH_MAX_WAIT_MS: 1000 given, expected less',
      ],
      [{ KAFKA_FETCH_MAX_BYTES: '2048' }, 'KAFKA_FETCH_MAX_BYTES_PER_PARTITION: 1048576 given'],
      [{ BATCH_MAX_EVENTS: '99' }, 'BATCH_MIN_EVENTS: 100 given, expected at most BATCH_MAX_EVENTS (99)'],
      [{ DLQ_TOPIC: 'sales_events' }, 'DLQ_TOPIC: "sales_events" given, expected another topic'],
      [{ KAFKA_SASL_MECHANISM: 'plain' }, 'not set: KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD'],
      [{ KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' }, 'not set: KAFKA_SASL_MECHANISM'],
      [{ KAFKA_TLS_CERT: CERTIFICATE }, 'belong together; not set: KAFKA_TLS_KEY'],
      [
        { KAFKA_TLS_CERT: CERTIFICATE, KAFKA_TLS_KEY: KEY },
        'the certificate does not belong to KAFKA_TLS_KEY',
      ],
    ])('refuses %j', (env, text) => {
      expect(problems(env)).toEqual([expect.stringContaining(text)]);
    });

    it('leaves out a rule whose keys are wrong by themselves', () => {
      expect(problems({ BATCH_MAX_EVENTS: 'x' })).toHaveLength(1);
    });
  });

  describe('TLS', () => {
    it('reads certificates and key from the files that the _FILE variables name', () => {
      const { kafka } = load({
        KAFKA_TLS: 'true',
        KAFKA_TLS_CA_FILE: join(FIXTURES, 'test-client.crt'),
        KAFKA_TLS_CERT_FILE: join(FIXTURES, 'test-client.crt'),
        KAFKA_TLS_KEY_FILE: join(FIXTURES, 'test-client.key'),
      }).settings;
      expect(kafka.tlsCa).toBe(CERTIFICATE.trimEnd());
      expect(kafka.tlsKey?.reveal()).toBe(CERTIFICATE_KEY.trimEnd());
    });

    it('takes a chain of certificates', () => {
      expect(problems({ KAFKA_TLS_CA: `# first\n${CERTIFICATE}\n${CERTIFICATE}` })).toEqual([]);
    });

    it.each([
      ['a text', 'no'],
      ['a cut certificate', CERTIFICATE.slice(0, 300)],
      ['a key', CERTIFICATE_KEY],
    ])('refuses %s as certificates, without printing keys', (_, value) => {
      const [problem, ...others] = problems({ KAFKA_TLS_CA: value });
      expect(others).toEqual([]);
      expect(problem).toMatch(/^KAFKA_TLS_CA: .* given, expected certificates in PEM/);
      expect(problem).not.toContain('MIG');
    });
  });

  describe('Snowflake', () => {
    it('names all that is missing', () => {
      expect(problemsOf({})).toEqual([
        expect.stringMatching(/^SNOWFLAKE_ACCOUNT: not set, expected an account identifier/),
        expect.stringMatching(/^SNOWFLAKE_WAREHOUSE: not set, expected a Snowflake name/),
        expect.stringMatching(/^SNOWFLAKE_DATABASE: not set/),
        expect.stringMatching(
          /^SNOWFLAKE_AUTHENTICATOR: no credential is set, expected one of SNOWFLAKE_PRIVATE_KEY, /,
        ),
      ]);
    });

    it.each([
      ['key_pair', { SNOWFLAKE_PRIVATE_KEY: KEY }],
      ['programmatic_access_token', { SNOWFLAKE_TOKEN: 'pat' }],
      [
        'oauth_client_credentials',
        {
          SNOWFLAKE_OAUTH_CLIENT_ID: 'id',
          SNOWFLAKE_OAUTH_CLIENT_SECRET: 'secret',
          SNOWFLAKE_OAUTH_TOKEN_URL: 'https://login.example.com/token',
        },
      ],
      ['workload_identity', { SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER: 'AWS' }],
      ['workload_identity', { SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER: 'OIDC', SNOWFLAKE_TOKEN: 'oidc' }],
    ])('logs in by %s where that credential is given', (authenticator, env) => {
      const { settings, warnings } = loadSettings({ ...SNOWFLAKE, ...env }, false);
      expect(settings.snowflake?.authenticator).toBe(authenticator);
      expect(settings.duckDb).toBeNull();
      expect(warnings).toEqual([]);
    });

    it('reads a password, and warns about it', () => {
      const { settings, warnings } = loadSettings({ ...SNOWFLAKE, SNOWFLAKE_PASSWORD: 'hunter2' }, false);
      expect(settings.snowflake?.password?.reveal()).toBe('hunter2');
      expect(warnings).toEqual([expect.stringContaining('Snowflake ends passwords of service users')]);
    });

    it('says which credential is not used', () => {
      const env = { ...SNOWFLAKE, SNOWFLAKE_PRIVATE_KEY: KEY, SNOWFLAKE_PASSWORD: 'hunter2' };
      expect(loadSettings(env, false).warnings).toEqual([
        'SNOWFLAKE_PASSWORD is set and not used: the log-in is by key_pair',
      ]);
    });

    it('names what the chosen way in needs', () => {
      expect(snowflakeProblems({ SNOWFLAKE_AUTHENTICATOR: 'oauth_client_credentials' })).toEqual([
        'SNOWFLAKE_OAUTH_CLIENT_SECRET: not set, needed to log in by oauth_client_credentials',
        'SNOWFLAKE_OAUTH_CLIENT_ID: not set, needed to log in by oauth_client_credentials',
        'SNOWFLAKE_OAUTH_TOKEN_URL: not set, needed to log in by oauth_client_credentials',
      ]);
      expect(snowflakeProblems({ SNOWFLAKE_USER: '', SNOWFLAKE_TOKEN: 't' })).toEqual([
        'SNOWFLAKE_USER: not set, needed to log in by programmatic_access_token',
      ]);
      expect(snowflakeProblems({ SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER: 'OIDC' })).toEqual([
        'SNOWFLAKE_TOKEN: not set, needed for SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER=OIDC',
      ]);
    });

    it('takes a key in one line, as env files hold it', () => {
      const env = { ...SNOWFLAKE, SNOWFLAKE_PRIVATE_KEY: KEY.replaceAll('\n', '\\n') };
      expect(loadSettings(env, false).settings.snowflake?.privateKey?.reveal()).toBe(KEY);
    });

    it('takes a key with line ends of Windows', () => {
      const env = { SNOWFLAKE_TOKEN: '', SNOWFLAKE_PRIVATE_KEY: KEY.replaceAll('\n', '\r\n') };
      expect(snowflakeProblems(env)).toEqual([]);
    });

    it('refuses a key of another kind without printing it', () => {
      const pkcs1 = '-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2\n-----END RSA PRIVATE KEY-----';
      const [problem, ...others] = snowflakeProblems({ SNOWFLAKE_PRIVATE_KEY: pkcs1 });
      expect(others).toEqual([]);
      expect(problem).toMatch(
        /^SNOWFLAKE_PRIVATE_KEY: \(secret, 72 characters\) given, expected a PKCS#8 private key/,
      );
    });

    it('asks for the passphrase of an encrypted key', () => {
      const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n-----END ENCRYPTED PRIVATE KEY-----';
      expect(snowflakeProblems({ SNOWFLAKE_PRIVATE_KEY: encrypted })).toEqual([
        'SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: not set, needed for an encrypted SNOWFLAKE_PRIVATE_KEY',
      ]);
    });

    it('does not count a credential whose file cannot be read as missing', () => {
      expect(snowflakeProblems({ SNOWFLAKE_PRIVATE_KEY_FILE: '/nowhere/key.p8' })).toEqual([
        'SNOWFLAKE_PRIVATE_KEY_FILE: "/nowhere/key.p8" cannot be read (ENOENT)',
      ]);
    });

    it.each(['raw-data', '1A', 'a b', 'x; DROP TABLE y', '"', '"a"b"', ''.padEnd(256, 'a')])(
      'refuses %j as a name',
      (value) => {
        expect(snowflakeProblems({ SNOWFLAKE_SCHEMA: value, SNOWFLAKE_TOKEN: 't' })).toHaveLength(1);
      },
    );

    it.each(['RAW_DATA', '_a$1', '"raw-data"', '"a""b"'])('takes %j as a name', (value) => {
      expect(snowflakeProblems({ SNOWFLAKE_SCHEMA: value, SNOWFLAKE_TOKEN: 't' })).toEqual([]);
    });

    it('refuses an address where the account identifier belongs', () => {
      expect(
        snowflakeProblems({ SNOWFLAKE_ACCOUNT: 'myorg-a.snowflakecomputing.com', SNOWFLAKE_TOKEN: 't' }),
      ).toEqual([expect.stringContaining('without https:// and .snowflakecomputing.com')]);
    });
  });

  it('does not read the settings of the engine that is not chosen', () => {
    expect(problems({ SNOWFLAKE_PRIVATE_KEY_FILE: '/nowhere', SNOWFLAKE_SCHEMA: '1' })).toEqual([]);
  });

  describe('warnings', () => {
    it.each([
      [{ NODE_ENV: 'production' }, 'WAREHOUSE is duckdb although NODE_ENV is production'],
      [{ KAFKA_TLS_SERVER_NAME: 'k' }, 'KAFKA_TLS_SERVER_NAME has no effect while KAFKA_TLS is false'],
      [
        { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' },
        'the password travels readable',
      ],
      [
        { LIVE_MAX_SILENCE_MS: '60000' },
        'LIVE_MAX_SILENCE_MS (60000) is not above KAFKA_REBALANCE_TIMEOUT_MS',
      ],
      [{ KAFKA_GROUP_ID: '"wine"' }, 'KAFKA_GROUP_ID stands in quotes, which are taken as part of it'],
      [{ KAFKA_CLIENT_ID: "'wine'" }, 'KAFKA_CLIENT_ID stands in quotes, which are taken as part of it'],
      [{ '\uFEFFKAFKA_TOPIC_NAME': 'wine' }, 'The name of KAFKA_TOPIC_NAME begins with a byte order mark'],
      [{ '\uFEFFWAREHOUSE': 'duckdb' }, 'The name of WAREHOUSE begins with a byte order mark'],
    ])('warns about %j', (env, text) => {
      expect(load(env).warnings).toEqual([expect.stringContaining(text)]);
    });
  });

  it('warns of a secret with quotes or spaces around it, without showing it', () => {
    const login = { KAFKA_TLS: 'true', KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' };
    const { settings, warnings } = load({ ...login, KAFKA_SASL_PASSWORD_FILE: file('hunter2 \r\n') });
    expect(settings.kafka.saslPassword?.reveal()).toBe('hunter2 ');
    expect(warnings).toEqual([
      'KAFKA_SASL_PASSWORD begins or ends with a space, which is taken as part of it',
    ]);
    expect(load({ ...login, KAFKA_SASL_PASSWORD: '"hunter2"' }).warnings).toEqual([
      'KAFKA_SASL_PASSWORD stands in quotes, which are taken as part of it',
    ]);
  });

  it('says so where quotes keep a value from being understood', () => {
    expect(problems({ METRICS_PORT: '"8000"' })).toEqual([
      expect.stringMatching(
        /^METRICS_PORT: .*; the quotes are part of it: not everything that reads an env file/,
      ),
    ]);
  });

  it('shows the page outside production, and there where it is asked for', () => {
    const statusPage = (env: Environment) => load(env).settings.service.statusPage;
    expect(statusPage({})).toBe(true);
    expect(statusPage({ NODE_ENV: 'production' })).toBe(false);
    expect(statusPage({ NODE_ENV: 'production', STATUS_PAGE: 'true' })).toBe(true);
    expect(statusPage({ STATUS_PAGE: 'false' })).toBe(false);
  });

  it('logs for people in a terminal and for machines elsewhere', () => {
    const format = (isTerminal: boolean, env: Environment = {}) =>
      loadSettings({ ...DUCKDB, ...env }, isTerminal).settings.log.format;
    expect(format(true)).toBe('pretty');
    expect(format(false)).toBe('json');
    expect(format(true, { NODE_ENV: 'production' })).toBe('json');
    expect(format(false, { LOG_FORMAT: 'pretty' })).toBe('pretty');
  });

  it('traces exactly where an endpoint is set, and nothing says otherwise', () => {
    const tracing = (env: Environment) => load(env).settings.tracing;
    expect(tracing({}).endpoint).toBeNull();
    const base = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };
    expect(tracing(base)).toMatchObject({ endpoint: 'http://collector:4318/v1/traces', share: 1 });
    const whole = { ...base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example.com/in' };
    expect(tracing(whole).endpoint).toBe('https://traces.example.com/in');
    expect(tracing({ ...base, OTEL_SDK_DISABLED: 'true' }).endpoint).toBeNull();
    const share = (sampler: string) =>
      tracing({ ...base, OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0.25' }).share;
    expect(['always_on', 'parentbased_always_off', 'parentbased_traceidratio'].map(share)).toEqual([
      1, 0, 0.25,
    ]);
  });

  it('reads the headers for the collector as OpenTelemetry writes them', () => {
    const headers = (text: string) =>
      load({ OTEL_EXPORTER_OTLP_HEADERS_FILE: file(text) }).settings.tracing.headers();
    expect(headers('authorization=Bearer%20a%3Db, x-tenant=wine')).toEqual({
      authorization: 'Bearer a=b',
      'x-tenant': 'wine',
    });
  });

  it('names every fault of the settings for traces at once', () => {
    const faults = problems({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_HEADERS: 'Bearer hunter2',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '2',
    });
    expect(faults.map((text) => text.split(':')[0])).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'OTEL_EXPORTER_OTLP_HEADERS',
      'OTEL_TRACES_SAMPLER',
      'OTEL_TRACES_SAMPLER_ARG',
    ]);
    expect(faults.join()).not.toContain('hunter2');
  });

  it('warns of a protocol for traces that is not spoken, and not of what OpenTelemetry reads itself', () => {
    const { warnings } = load({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TIMEOUT: '5000' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('OTEL_EXPORTER_OTLP_PROTOCOL is not known and has no effect');
  });

  it('never shows a secret: not in JSON, inspection, text, description or problems', () => {
    const secrets = SETTING_KEYS.filter(({ kind }) => kind.isSecret).map(({ key }) => key);
    const plain = secrets.filter((key) => !key.endsWith('_KEY'));
    const env = {
      ...SNOWFLAKE,
      ...Object.fromEntries(plain.map((key) => [key, 'hunter2'])),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hunter2',
      SNOWFLAKE_PRIVATE_KEY: KEY,
      SNOWFLAKE_OAUTH_CLIENT_ID: 'i',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_TLS_CERT: CERTIFICATE,
      KAFKA_TLS_KEY: CERTIFICATE_KEY,
    };
    const { settings, warnings } = loadSettings(env, false);
    const shown = [
      JSON.stringify(settings),
      inspect(settings, { depth: 9, showHidden: true }),
      JSON.stringify(describeSettings(settings)),
      String(settings.snowflake?.password),
      ...warnings,
      ...problemsOf({ ...env, ...Object.fromEntries(secrets.map((key) => [key, 'hunter2\n'])) }),
    ].join('\n');
    expect(plain.length).toBeGreaterThan(5);
    expect(shown).not.toContain('hunter2');
    expect(shown).not.toContain('MIGH');
    expect(settings.snowflake?.proxyPassword?.reveal()).toBe('hunter2');
  });

  it('yields settings or a SettingsError for any environment, never another throw', () => {
    const keys = SETTING_KEYS.flatMap(({ key }) => [key, `${key}_FILE`]);
    const key = fc.oneof(
      fc.constantFrom(...keys),
      fc.string(),
      fc.constantFrom('__proto__', 'KAFKA_', 'NODE_ENV'),
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.nat().map(String),
      fc.constantFrom(
        'true',
        'duckdb',
        'snowflake',
        KEY,
        CERTIFICATE,
        CERTIFICATE.slice(9),
        '/',
        '/dev/zero',
        '.',
      ),
    );
    fc.assert(
      fc.property(fc.dictionary(key, value), fc.boolean(), (env, isDuckDb) => {
        try {
          const { settings } = loadSettings(isDuckDb ? { ...DUCKDB, ...env } : env, false);
          expect(settings.batch.minEvents).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
          expect((error as SettingsError).problems.every((line) => /^[A-Z_]+: .+$/.test(line))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('loadKafkaSettings', () => {
  it('needs no warehouse, and looks at nothing of it', () => {
    const part = loadKafkaSettings({
      KAFKA_TOPIC_NAME: 'orders',
      WAREHOUSE: 'neither',
      BATCH_MAX_EVENTS: 'x',
    });
    expect(part.kafka.topicName).toBe('orders');
    expect(part.deadLetter.topic).toBe('orders_dlq');
  });

  it('names every problem of its part at once, those between settings too', () => {
    const load = () =>
      loadKafkaSettings({ KAFKA_BOOTSTRAP_SERVER: 'nowhere', DLQ_TOPIC: 'a', KAFKA_TOPIC_NAME: 'a' });
    expect(load).toThrow(SettingsError);
    expect(load).toThrow(/KAFKA_BOOTSTRAP_SERVER[^]*DLQ_TOPIC: "a" given, expected another topic/);
  });
});
