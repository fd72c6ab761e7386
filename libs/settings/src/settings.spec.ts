import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseEnv } from 'node:util';
import { describeSettings, loadSettings, serviceVersion, SETTING_KEYS, settingsTables } from './index.js';

const ROOT = join(import.meta.dirname, '../../..');

describe('SETTING_KEYS', () => {
  it('contains each key once, with a description', () => {
    const keys = SETTING_KEYS.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { description } of SETTING_KEYS) expect(description).toMatch(/^\S.*\.$/);
  });

  it('treats keys as secret by their names, and contains none that ends in _FILE', () => {
    for (const { key, kind } of SETTING_KEYS) {
      if (/_(PASSWORD|TOKEN|SECRET|PRIVATE_KEY|PASSPHRASE|TLS_KEY)$/.test(key))
        expect([key, kind.isSecret]).toEqual([key, true]);
      expect(key).not.toMatch(/_FILE$/);
    }
  });
});

describe('serviceVersion', () => {
  it('is the version in package.json', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(serviceVersion()).toBe(version);
  });
});

describe('settingsTables', () => {
  it('has a row for each key, with its default', () => {
    const lines = settingsTables().match(/^\| `.*$/gm) ?? [];
    expect(lines).toHaveLength(SETTING_KEYS.length);
    expect(lines.every((line) => line.match(/(?<!\\)\|/g)?.length === 4)).toBe(true);
    expect(settingsTables()).toContain('| `BATCH_MIN_EVENTS` | `100` | A batch of this many events');
    expect(settingsTables()).toMatch(/\| `KAFKA_SASL_PASSWORD` \| {2}\| .* Secret\. \|/);
  });
});

describe('describeSettings', () => {
  it('shows set values and defaults by key', () => {
    const { settings } = loadSettings(
      { WAREHOUSE: 'duckdb', DUCKDB_PATH: 'a.duckdb', KAFKA_BOOTSTRAP_SERVER: 'a:1,b:2' },
      false,
    );
    const described = describeSettings(settings);
    expect(described).toMatchObject({
      KAFKA_BOOTSTRAP_SERVER: 'a:1,b:2',
      DUCKDB_PATH: 'a.duckdb',
      KAFKA_TLS: 'false',
      DLQ_TOPIC: 'sales_events_dlq',
    });
    const { settings: traced } = loadSettings(
      {
        WAREHOUSE: 'duckdb',
        DUCKDB_PATH: 'a',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector/in?key=hunter2',
      },
      false,
    );
    expect(describeSettings(traced)).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector/in?[hidden]',
    });
    expect(Object.keys(described)).not.toContain('KAFKA_TLS_CA');
    expect(Object.keys(described)).not.toContain('SNOWFLAKE_SCHEMA');
  });
});

describe('the examples in config/', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'));
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    writeFileSync(join(folder, 'snowflake.p8'), key.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(
      join(folder, 'kafka-ca.crt'),
      readFileSync(join(ROOT, 'libs/settings/fixtures/test-client.crt')),
    );
    writeFileSync(join(folder, 'kafka-password'), 'hunter2\n');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(['local', 'compose', 'production'])('%s.env is valid and gives no warning', (name) => {
    const example = parseEnv(readFileSync(join(ROOT, `config/${name}.env`), 'utf8'));
    const env = Object.entries(example).map(([key, value]) =>
      key.endsWith('_FILE') ? [key, join(folder, basename(value ?? ''))] : [key, value],
    );
    const { settings, warnings } = loadSettings(Object.fromEntries(env) as Record<string, string>, false);
    expect(warnings).toEqual([]);
    expect(settings.warehouse.engine).toBe(name === 'production' ? 'snowflake' : 'duckdb');
  });

  it.each(['local', 'compose', 'production'])('%s.env contains only known keys, even in comments', (name) => {
    const known = SETTING_KEYS.flatMap(({ key }) => [key, `${key}_FILE`]).concat('NODE_ENV');
    const text = readFileSync(join(ROOT, `config/${name}.env`), 'utf8');
    const named = [...text.matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, key]) => key);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((key) => key === undefined || !known.includes(key))).toEqual([]);
  });
});
