import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { SECRET } from './kinds/index.js';
import {
  describeSettings,
  loadKafkaSettings,
  loadRecordsSettings,
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

const OAUTH = { KAFKA_SASL_MECHANISM: 'oauthbearer' };
const CLIENT = {
  KAFKA_OAUTH_TOKEN_URL: 'https://idp.example.com/token',
  KAFKA_OAUTH_CLIENT_ID: 'id',
  KAFKA_OAUTH_CLIENT_SECRET: 's',
};

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

  it('uses the documented defaults if nothing is set', () => {
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

  it('rejects a derived dead-letter topic whose name is too long', () => {
    expect(problems({ KAFKA_TOPIC_NAME: 't'.repeat(249) })).toEqual([
      expect.stringMatching(/^DLQ_TOPIC: "t+\.\.\. \(253 characters\)" given, expected a Kafka topic name/),
    ]);
  });

  it('never falls back to DuckDB', () => {
    expect(problemsOf({ DUCKDB_PATH: 'x' })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^SNOWFLAKE_ACCOUNT: not set/)]),
    );
  });

  it('counts an empty text as not set', () => {
    expect(load({ METRICS_PORT: '', KAFKA_TOPIC_NAME_FILE: '' }).settings.service.metricsPort).toBe(8000);
  });

  it('reports every problem at once: key, given and expected value', () => {
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
      'KAFKA_BOOTSTRAP_SERVER: "kafka" given, expected host:port, or several separated by commas, IPv6 addresses as [address]:port',
      'KAFKA_TOPIC_NAME: "sales events" given, expected a Kafka topic name: 1 to 249 letters, digits, dots, underscores or hyphens',
      'KAFKA_TLS: "yes" given, expected true or false',
      'BATCH_MIN_EVENTS: "many" given, expected a whole number from 1 to 1000000',
      expect.stringMatching(/^DLQ_TOPIC: "sales events_dlq" given/),
      'METRICS_PORT: "80000" given, expected a whole number from 1 to 65535',
      'LOG_LEVEL: "loud" given, expected one of trace, debug, info, warn, error, fatal, silent',
    ]);
  });

  it('prints one line per problem', () => {
    const error = new SettingsError(problems({ KAFKA_TOPIC_NAME: 'two\nlines', METRICS_PORT: 'x' }));
    expect(error.message.split('\n')).toHaveLength(1 + error.problems.length);
    expect(error.message).toMatch(/^The configuration has 3 problems:\n {2}KAFKA_TOPIC_NAME: "two\\nlines"/);
  });

  it('reports possibly misspelled names with the problems', () => {
    const load = () =>
      loadSettings({ WAREHOUSE: 'duckdb', DUCKDB_PAHT: 'hunter2', METRICS_PORT: 'x' }, false);
    expect(load).toThrow(
      /^The configuration has 2 problems:\n {2}DUCKDB_PATH: not set.*\n {2}METRICS_PORT: .*\nAlso:\n {2}DUCKDB_PAHT is unknown.*did you mean DUCKDB_PATH\?$/,
    );
    expect(load).not.toThrow(/hunter2/);
  });

  it.each(['1e3', '1e3x', ' 5', '5 ', '5.0', '-5', '0x10', '05', '+5', '1_000', 'NaN', '9'.repeat(400)])(
    'rejects %j as a number',
    (value) => {
      expect(problems({ BATCH_MIN_EVENTS: value })).toEqual([expect.stringMatching(/^BATCH_MIN_EVENTS: /)]);
    },
  );

  it.each(['TRUE', '1', 'on', ' true'])('rejects %j as a boolean', (value) => {
    expect(problems({ KAFKA_ACCEPT_NEW_GROUP: value })).toEqual([
      `KAFKA_ACCEPT_NEW_GROUP: "${value}" given, expected true or false`,
    ]);
  });

  it.each(['1.1', '-0.1', '.5', '0,5', '50%', '1e-1', 'NaN'])('rejects %j as a ratio', (value) => {
    expect(problems({ DLQ_MAX_RATIO: value })).toEqual([
      `DLQ_MAX_RATIO: "${value}" given, expected a number from 0 to 1, such as 0.5`,
    ]);
  });

  it.each(['0', '0.25', '1', '1.0'])('accepts %j as a ratio', (value) => {
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
  ])('rejects %j as brokers', (value) => {
    expect(problems({ KAFKA_BOOTSTRAP_SERVER: value })).toHaveLength(1);
  });

  it.each([
    ['[::1]:9092', ['[::1]:9092']],
    ['[fd00::10]:9092,kafka:9092', ['[fd00::10]:9092', 'kafka:9092']],
    ['kafka.example.com.:9093', ['kafka.example.com.:9093']],
    ['a:1,b:2, ', ['a:1', 'b:2']],
  ])('accepts %j as brokers', (value, brokers) => {
    expect(load({ KAFKA_BOOTSTRAP_SERVER: value }).settings.kafka.bootstrapServers).toEqual(brokers);
  });

  it.each([
    ['KAFKA_BOOTSTRAP_SERVER', 'wine:hunter2@kafka:9092'],
    ['KAFKA_BOOTSTRAP_SERVER', 'kafka:9092,SASL_SSL://wine:hunter2@kafka:9093'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://wine:hunter2@collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://hunter2@collector:4318'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://:hunter2@collector:4318/v1/traces'],
    ['METRICS_HOST', 'wine:hunter2@host'],
  ])('rejects %s with a user or password in it, without repeating them', (key, value) => {
    const found = problems({ [key]: value });
    expect(found).toHaveLength(1);
    expect(found.join()).not.toContain('hunter2');
  });

  it.each(['::', '::1', '[::1]', '0.0.0.0', 'localhost'])('listens on %s', (value) => {
    expect(load({ METRICS_HOST: value }).settings.service.metricsHost).toBe(value.replace(/[[\]]/g, ''));
  });

  it('drops a byte order mark before a value or a path', () => {
    const path = file('\uFEFFtastings');
    expect(load({ KAFKA_TOPIC_NAME: '\uFEFFtastings' }).settings.kafka.topicName).toBe('tastings');
    expect(load({ KAFKA_TOPIC_NAME_FILE: path }).settings.kafka.topicName).toBe('tastings');
    expect(load({ KAFKA_TOPIC_NAME_FILE: `\uFEFF${path}` }).settings.kafka.topicName).toBe('tastings');
    expect(load({ KAFKA_TOPIC_NAME: '\uFEFF' }).settings.kafka.topicName).toBe('sales_events');
  });

  it('accepts several brokers, with or without spaces between them', () => {
    expect(
      load({ KAFKA_BOOTSTRAP_SERVER: 'k-1.example.com:9093, 10.0.0.2:9092' }).settings.kafka.bootstrapServers,
    ).toEqual(['k-1.example.com:9093', '10.0.0.2:9092']);
  });

  it.each(['.', '..', 'a/b', 'a b', 'é'])('rejects %j as a topic', (value) => {
    expect(problems({ DLQ_TOPIC: value })).toHaveLength(1);
  });

  it('explains a port variable that Kubernetes sets for a service', () => {
    expect(problems({ METRICS_PORT: 'tcp://10.0.0.1:80' })).toEqual([
      expect.stringContaining('set enableServiceLinks: false in the pod'),
    ]);
  });

  describe('files', () => {
    it('reads any key from the file that KEY_FILE names, without the trailing line break', () => {
      expect(load({ KAFKA_TOPIC_NAME_FILE: file('tastings\r\n') }).settings.kafka.topicName).toBe('tastings');
      expect(load({ BATCH_MIN_EVENTS_FILE: file('7\n') }).settings.batch.minEvents).toBe(7);
    });

    it('rejects a key that is set both ways', () => {
      expect(problems({ DLQ_TOPIC: 'a', DLQ_TOPIC_FILE: file('b') })).toEqual([
        'DLQ_TOPIC: DLQ_TOPIC_FILE is also set; set only one of the two',
      ]);
    });

    it('reports what is wrong with a file, once', () => {
      const missing = join(folder, 'missing');
      mkdirSync(join(folder, 'folder'));
      expect(problems({ DLQ_TOPIC_FILE: missing })).toEqual([
        `DLQ_TOPIC_FILE: "${missing}" cannot be read (ENOENT)`,
      ]);
      expect(problems({ DLQ_TOPIC_FILE: join(folder, 'folder') })).toEqual([
        expect.stringContaining('is a directory, expected a file'),
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
        'DLQ_TOPIC_FILE: "~/topic" cannot be read (ENOENT): only a shell expands ~; give the full path',
      ]);
      expect(problems({ DLQ_TOPIC_FILE: 'a\0b' })).toEqual([expect.stringContaining('cannot be read')]);
    });

    it('reports an invalid value from a file', () => {
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
      [{ DLQ_TOPIC: 'sales_events' }, 'DLQ_TOPIC: "sales_events" given, expected a topic other'],
      [{ KAFKA_SASL_MECHANISM: 'plain' }, 'not set: KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD'],
      [{ KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' }, 'not set: KAFKA_SASL_MECHANISM'],
      [OAUTH, 'KAFKA_SASL_MECHANISM: "oauthbearer" given, which needs KAFKA_OAUTH_TOKEN, or'],
      [
        { ...OAUTH, KAFKA_OAUTH_TOKEN_URL: 'https://i/token' },
        '"oauthbearer" given; not set: KAFKA_OAUTH_CLIENT_ID, KAFKA_OAUTH_CLIENT_SECRET or KAFKA_OAUTH_CLIENT_ASSERTION',
      ],
      [
        { ...OAUTH, KAFKA_OAUTH_TOKEN: 't', KAFKA_OAUTH_SCOPE: 's' },
        '"oauthbearer" given; set KAFKA_OAUTH_TOKEN, or KAFKA_OAUTH_SCOPE, not both',
      ],
      [
        { ...OAUTH, ...CLIENT, KAFKA_OAUTH_CLIENT_ASSERTION: 'a' },
        '"oauthbearer" given; set only one of KAFKA_OAUTH_CLIENT_SECRET, KAFKA_OAUTH_CLIENT_ASSERTION',
      ],
      [{ KAFKA_TLS_CERT: CERTIFICATE }, 'must be set together; not set: KAFKA_TLS_KEY'],
      [
        { KAFKA_TLS_CERT: CERTIFICATE, KAFKA_TLS_KEY: KEY },
        'the certificate does not belong to KAFKA_TLS_KEY',
      ],
    ])('rejects %j', (env, text) => {
      expect(problems(env)).toEqual([expect.stringContaining(text)]);
    });

    it('skips a rule whose keys are invalid by themselves', () => {
      expect(problems({ BATCH_MAX_EVENTS: 'x' })).toHaveLength(1);
    });
  });

  it.each([{ KAFKA_OAUTH_TOKEN: 'a.b-c_d~e+f/g==' }, CLIENT])('logs in to Kafka by %j', (login) => {
    const { kafka } = load({
      ...OAUTH,
      ...login,
      KAFKA_TLS: 'true',
      KAFKA_OAUTH_EXTENSIONS: 'a=1,b=x=y',
    }).settings;
    expect(kafka).toMatchObject({ saslMechanism: 'oauthbearer', oauthExtensions: 'a=1,b=x=y' });
  });

  it.each([
    [
      { KAFKA_OAUTH_TOKEN: 'two words' },
      'KAFKA_OAUTH_TOKEN: (secret, 9 characters) given, expected a bearer token',
    ],
    [{ KAFKA_OAUTH_EXTENSIONS: 'auth=x' }, 'KAFKA_OAUTH_EXTENSIONS: "auth=x" given, expected name=value'],
    [{ KAFKA_OAUTH_EXTENSIONS: 'pool' }, 'KAFKA_OAUTH_EXTENSIONS: "pool" given, expected name=value'],
  ])('rejects %j', (env, text) => {
    expect(problems(env)).toEqual([expect.stringContaining(text)]);
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

    it('accepts a certificate chain', () => {
      expect(problems({ KAFKA_TLS_CA: `# first\n${CERTIFICATE}\n${CERTIFICATE}` })).toEqual([]);
    });

    it.each([
      ['a text', 'no'],
      ['a truncated certificate', CERTIFICATE.slice(0, 300)],
      ['a key', CERTIFICATE_KEY],
    ])('rejects %s as certificates, without printing keys', (_, value) => {
      const [problem, ...others] = problems({ KAFKA_TLS_CA: value });
      expect(others).toEqual([]);
      expect(problem).toMatch(/^KAFKA_TLS_CA: .* given, expected certificates in PEM/);
      expect(problem).not.toContain('MIG');
    });
  });

  describe('Snowflake', () => {
    it('reports everything that is missing', () => {
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
    ])('chooses %s if its credential is set', (authenticator, env) => {
      const { settings, warnings } = loadSettings({ ...SNOWFLAKE, ...env }, false);
      expect(settings.snowflake?.authenticator).toBe(authenticator);
      expect(settings.duckDb).toBeNull();
      expect(warnings).toEqual([]);
    });

    it('accepts a password, with a warning', () => {
      const { settings, warnings } = loadSettings({ ...SNOWFLAKE, SNOWFLAKE_PASSWORD: 'hunter2' }, false);
      expect(settings.snowflake?.password?.reveal()).toBe('hunter2');
      expect(warnings).toEqual([
        expect.stringContaining('Snowflake is phasing out passwords for service users'),
      ]);
    });

    it('warns about an unused credential', () => {
      const env = { ...SNOWFLAKE, SNOWFLAKE_PRIVATE_KEY: KEY, SNOWFLAKE_PASSWORD: 'hunter2' };
      expect(loadSettings(env, false).warnings).toEqual([
        'SNOWFLAKE_PASSWORD is set but not used: the login method is key_pair',
      ]);
    });

    it.each([
      ['a password', { SNOWFLAKE_PASSWORD: 'hunter2' }, /cannot log in by password, expected key_pair/],
      [
        'a workload identity of a cloud',
        { SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER: 'AWS' },
        /the workload identity of AWS, expected SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER=OIDC/,
      ],
    ])('reports that Snowpipe Streaming cannot use %s', (_what, env, problem) => {
      expect(snowflakeProblems({ ...env, SNOWFLAKE_INGEST: 'streaming' })).toEqual([
        expect.stringMatching(problem),
      ]);
    });

    it('accepts a workload identity of OIDC for Snowpipe Streaming', () => {
      const env = { SNOWFLAKE_WORKLOAD_IDENTITY_PROVIDER: 'OIDC', SNOWFLAKE_TOKEN: 'oidc' };
      const { settings } = loadSettings({ ...SNOWFLAKE, ...env, SNOWFLAKE_INGEST: 'streaming' }, false);
      expect(settings.snowflake).toMatchObject({ ingest: 'streaming', authenticator: 'workload_identity' });
    });

    it('reports what the chosen login method needs', () => {
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

    it('accepts a key on one line, as in env files', () => {
      const env = { ...SNOWFLAKE, SNOWFLAKE_PRIVATE_KEY: KEY.replaceAll('\n', '\\n') };
      expect(loadSettings(env, false).settings.snowflake?.privateKey?.reveal()).toBe(KEY);
    });

    it('accepts a key with Windows line endings', () => {
      const env = { SNOWFLAKE_TOKEN: '', SNOWFLAKE_PRIVATE_KEY: KEY.replaceAll('\n', '\r\n') };
      expect(snowflakeProblems(env)).toEqual([]);
    });

    it('rejects another kind of key without printing it', () => {
      const pkcs1 = '-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2\n-----END RSA PRIVATE KEY-----';
      const [problem, ...others] = snowflakeProblems({ SNOWFLAKE_PRIVATE_KEY: pkcs1 });
      expect(others).toEqual([]);
      expect(problem).toMatch(
        /^SNOWFLAKE_PRIVATE_KEY: \(secret, 72 characters\) given, expected a PKCS#8 private key/,
      );
    });

    it('requires the passphrase of an encrypted key', () => {
      const encrypted = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n-----END ENCRYPTED PRIVATE KEY-----';
      expect(snowflakeProblems({ SNOWFLAKE_PRIVATE_KEY: encrypted })).toEqual([
        'SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: not set, needed for an encrypted SNOWFLAKE_PRIVATE_KEY',
      ]);
    });

    it('does not report a credential as missing if its file cannot be read', () => {
      expect(snowflakeProblems({ SNOWFLAKE_PRIVATE_KEY_FILE: '/nowhere/key.p8' })).toEqual([
        'SNOWFLAKE_PRIVATE_KEY_FILE: "/nowhere/key.p8" cannot be read (ENOENT)',
      ]);
    });

    it.each(['raw-data', '1A', 'a b', 'x; DROP TABLE y', '"', '"a"b"', ''.padEnd(256, 'a')])(
      'rejects %j as a name',
      (value) => {
        expect(snowflakeProblems({ SNOWFLAKE_SCHEMA: value, SNOWFLAKE_TOKEN: 't' })).toHaveLength(1);
      },
    );

    it.each(['RAW_DATA', '_a$1', '"raw-data"', '"a""b"'])('accepts %j as a name', (value) => {
      expect(snowflakeProblems({ SNOWFLAKE_SCHEMA: value, SNOWFLAKE_TOKEN: 't' })).toEqual([]);
    });

    it('rejects an address in place of the account identifier', () => {
      expect(
        snowflakeProblems({ SNOWFLAKE_ACCOUNT: 'myorg-a.snowflakecomputing.com', SNOWFLAKE_TOKEN: 't' }),
      ).toEqual([expect.stringContaining('without https:// and .snowflakecomputing.com')]);
    });
  });

  it('does not read the settings of the engine that is not in use', () => {
    expect(problems({ SNOWFLAKE_PRIVATE_KEY_FILE: '/nowhere', SNOWFLAKE_SCHEMA: '1' })).toEqual([]);
  });

  describe('warnings', () => {
    it.each([
      [{ NODE_ENV: 'production' }, 'WAREHOUSE is duckdb although NODE_ENV is production'],
      [{ KAFKA_TLS_SERVER_NAME: 'k' }, 'KAFKA_TLS_SERVER_NAME has no effect while KAFKA_TLS is false'],
      [
        { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' },
        'the password is sent in plain text',
      ],
      [{ ...OAUTH, KAFKA_OAUTH_TOKEN: 't' }, 'the token is sent in plain text'],
      [{ KAFKA_OAUTH_TOKEN: 't' }, 'KAFKA_OAUTH_TOKEN is set but not used: KAFKA_SASL_MECHANISM is not set'],
      [
        { ...OAUTH, ...CLIENT, KAFKA_TLS: 'true', KAFKA_OAUTH_TOKEN_URL: 'http://idp/token' },
        "KAFKA_OAUTH_TOKEN_URL begins with http://: the client's credentials are sent in plain text",
      ],
      [
        { LIVE_MAX_SILENCE_MS: '60000' },
        'LIVE_MAX_SILENCE_MS (60000) is not above KAFKA_REBALANCE_TIMEOUT_MS',
      ],
      [{ KAFKA_GROUP_ID: '"wine"' }, 'KAFKA_GROUP_ID is in quotes, which are part of the value'],
      [{ KAFKA_CLIENT_ID: "'wine'" }, 'KAFKA_CLIENT_ID is in quotes, which are part of the value'],
      [{ '\uFEFFKAFKA_TOPIC_NAME': 'wine' }, 'The name of KAFKA_TOPIC_NAME begins with a byte order mark'],
      [{ '\uFEFFWAREHOUSE': 'duckdb' }, 'The name of WAREHOUSE begins with a byte order mark'],
    ])('warns about %j', (env, text) => {
      expect(load(env).warnings).toEqual([expect.stringContaining(text)]);
    });
  });

  it('warns about a secret in quotes or with surrounding spaces, without showing it', () => {
    const login = { KAFKA_TLS: 'true', KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' };
    const { settings, warnings } = load({ ...login, KAFKA_SASL_PASSWORD_FILE: file('hunter2 \r\n') });
    expect(settings.kafka.saslPassword?.reveal()).toBe('hunter2 ');
    expect(warnings).toEqual(['KAFKA_SASL_PASSWORD begins or ends with a space, which is part of the value']);
    expect(load({ ...login, KAFKA_SASL_PASSWORD: '"hunter2"' }).warnings).toEqual([
      'KAFKA_SASL_PASSWORD is in quotes, which are part of the value',
    ]);
  });

  it('warns in a pod about a login to Kafka whose file ends in a line break, which KEDA would send', () => {
    const env = {
      KAFKA_TLS: 'true',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'wine',
      KAFKA_SASL_PASSWORD_FILE: file('hunter2\r\n'),
    };
    const { settings, warnings } = load({ ...env, KUBERNETES_SERVICE_HOST: '10.96.0.1' });
    expect(settings.kafka.saslPassword?.reveal()).toBe('hunter2');
    expect(warnings).toEqual([
      expect.stringMatching(/^KAFKA_SASL_PASSWORD_FILE ends in a line break\. .* KEDA does not.*printf %s/),
    ]);
    expect(load(env).warnings).toEqual([]);
  });

  it.each(SETTING_KEYS.filter(({ kind }) => kind === SECRET).map(({ key }) => key))(
    'refuses a line break at the end of %s, and says what to do',
    (key) => {
      for (const end of ['\n', '\r\n', '\n\n']) {
        const found = problems({ ...SNOWFLAKE, WAREHOUSE: 'snowflake', [key]: `hunter2${end}` });
        expect(found.filter((text) => text.startsWith(`${key}:`))).toEqual([
          expect.stringMatching(
            /without line breaks; the line break at its end .*printf %s instead of echo$/,
          ),
        ]);
        expect(found.join()).not.toContain('hunter2');
      }
    },
  );

  it('explains an invalid value in quotes', () => {
    expect(problems({ METRICS_PORT: '"8000"' })).toEqual([
      expect.stringMatching(
        /^METRICS_PORT: .*; the quotes are part of the value: not every reader of env files/,
      ),
    ]);
  });

  it('shows the page outside production, and in production on request', () => {
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

  it('traces only if an endpoint is set and tracing is not disabled', () => {
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

  it("parses the collector's headers in OpenTelemetry's format", () => {
    const headers = (text: string) =>
      load({ OTEL_EXPORTER_OTLP_HEADERS_FILE: file(text) }).settings.tracing.headers();
    expect(headers('authorization=Bearer%20a%3Db, x-tenant=wine')).toEqual({
      authorization: 'Bearer a=b',
      'x-tenant': 'wine',
    });
  });

  it('reports every problem of the tracing settings at once', () => {
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

  it('warns about an unsupported trace protocol, but not about variables that OpenTelemetry reads itself', () => {
    const { warnings } = load({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TIMEOUT: '5000' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('OTEL_EXPORTER_OTLP_PROTOCOL is unknown and has no effect');
  });

  it('never shows a secret in JSON, inspection, text, description or problems', () => {
    const secrets = SETTING_KEYS.filter(({ kind }) => kind.isSecret).map(({ key }) => key);
    const plain = secrets.filter((key) => !key.endsWith('_KEY'));
    const env = {
      ...SNOWFLAKE,
      ...Object.fromEntries(plain.map((key) => [key, 'hunter2'])),
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hunter2',
      ADMIN_TOKEN: 'hunter2'.repeat(3),
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

  it('returns settings or throws a SettingsError for any environment', () => {
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
  it('needs no warehouse settings, and ignores them', () => {
    const part = loadKafkaSettings({
      KAFKA_TOPIC_NAME: 'orders',
      WAREHOUSE: 'neither',
      BATCH_MAX_EVENTS: 'x',
    });
    expect(part.kafka.topicName).toBe('orders');
    expect(part.deadLetter.topic).toBe('orders_dlq');
  });

  it('reports every problem of its part at once, including rules between settings', () => {
    const load = () =>
      loadKafkaSettings({ KAFKA_BOOTSTRAP_SERVER: 'nowhere', DLQ_TOPIC: 'a', KAFKA_TOPIC_NAME: 'a' });
    expect(load).toThrow(SettingsError);
    expect(load).toThrow(/KAFKA_BOOTSTRAP_SERVER[^]*DLQ_TOPIC: "a" given, expected a topic other/);
  });
});

describe('loadRecordsSettings', () => {
  it('needs no warehouse settings, and ignores them', () => {
    const env = { WAREHOUSE: 'neither', UNKNOWN_EVENT_TYPES: 'dead-letter', LAKE_LOCATION: '/lake' };
    expect(loadRecordsSettings(env)).toMatchObject({
      batch: { unknownEventTypes: 'dead-letter' },
      lake: { location: '/lake' },
    });
  });

  it('reports every problem of its parts at once, including rules between settings', () => {
    const load = () => loadRecordsSettings({ LAKE_ACCESS_KEY_ID: 'a', EVENT_MAX_BYTES: '0' });
    expect(load).toThrow(
      /EVENT_MAX_BYTES[^]*LAKE_ACCESS_KEY_ID, LAKE_SECRET_ACCESS_KEY must be set together/,
    );
  });
});
