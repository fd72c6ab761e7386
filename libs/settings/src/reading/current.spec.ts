import {
  mkdtempSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { current, loadKafkaSettings, loadSettings, type Environment, type KafkaSettings } from '../index.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const DUCKDB = { WAREHOUSE: 'duckdb', DUCKDB_PATH: 'x' };

describe('current settings', () => {
  let folder: string;
  let told: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'current-'));
    told = [];
    for (const level of ['log', 'warn'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((text: unknown) => void told.push(String(text)));
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  const path = (name: string) => join(folder, name);
  const write = (name: string, text: string) => {
    writeFileSync(path(name), text);
  };
  const load = (env: Environment): KafkaSettings =>
    loadSettings({ ...DUCKDB, KAFKA_TLS: 'true', ...env }, false).settings.kafka;
  const password = (settings: KafkaSettings) => current(settings).saslPassword?.reveal();

  function login(): KafkaSettings {
    write('user', 'ingester');
    write('password', 'old\n');
    return load({
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME_FILE: path('user'),
      KAFKA_SASL_PASSWORD_FILE: path('password'),
    });
  }

  it('have the current contents of the files, and changes are logged without contents', () => {
    const settings = login();
    expect(password(settings)).toBe('old');
    expect(current(settings)).toBe(settings);
    write('user', 'ingester-2');
    write('password', 'new\n');
    expect(password(settings)).toBe('new');
    expect(current(settings).saslUsername).toBe('ingester-2');
    expect(told).toEqual(['🔑 Reloaded: KAFKA_SASL_USERNAME_FILE, KAFKA_SASL_PASSWORD_FILE']);
    write('password', 'newer');
    expect(password(settings)).toBe('newer');
  });

  it.each([
    [
      'missing',
      () => {
        rmSync(path('password'));
      },
      /KAFKA_SASL_PASSWORD_FILE: .* cannot be read \(ENOENT\)/,
    ],
    [
      'empty',
      () => {
        write('password', '');
      },
      /KAFKA_SASL_PASSWORD_FILE: .* is empty/,
    ],
    [
      'not text',
      () => {
        writeFileSync(path('password'), Buffer.from([0xff]));
      },
      /is not UTF-8 text/,
    ],
    [
      'two lines long',
      () => {
        write('password', 'new\nhunter2');
      },
      /KAFKA_SASL_PASSWORD: \(secret, 11 characters\)/,
    ],
  ])('stay the same while a file is %s, which is logged once', (_, spoil, words) => {
    const settings = login();
    spoil();
    for (let times = 0; times < 3; times += 1) expect(password(settings)).toBe('old');
    expect(told).toEqual([expect.stringMatching(words)]);
    expect(told.join()).toMatch(/continuing with the last valid contents/);
    expect(told.join()).not.toContain('hunter2');
    write('password', 'new');
    expect(password(settings)).toBe('new');
  });

  it('follow the symbolic link by which Kubernetes swaps a directory', () => {
    for (const version of ['1', '2']) mkdirSync(path(version));
    write('1/password', 'old');
    write('2/password', 'new');
    symlinkSync('1', path('..data'));
    symlinkSync('..data/password', path('password'));
    const settings = load({
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD_FILE: path('password'),
    });
    expect(password(settings)).toBe('old');
    symlinkSync('2', path('..new'));
    renameSync(path('..new'), path('..data'));
    expect(password(settings)).toBe('new');
  });

  it('never pair a certificate with the key of another one', () => {
    write('cert', readFileSync(join(FIXTURES, 'test-client.crt'), 'utf8'));
    const key = readFileSync(join(FIXTURES, 'test-client.key'), 'utf8');
    write('key', key);
    const settings = load({ KAFKA_TLS_CERT_FILE: path('cert'), KAFKA_TLS_KEY_FILE: path('key') });
    write('cert', key);
    expect(current(settings).tlsCert).toBe(settings.tlsCert);
    expect(told).toEqual([expect.stringMatching(/KAFKA_TLS_CERT: .*expected certificates in PEM/)]);
    expect(told.join()).not.toContain(key.split('\n')[1]);
  });

  it('are returned unchanged if they do not come from a file', () => {
    const settings = load({});
    expect(current(settings)).toBe(settings);
    const made = { saslUsername: 'u' };
    expect(current(made)).toBe(made);
    expect(told).toEqual([]);
  });

  it('need no warehouse', () => {
    write('id', 'a');
    const { kafka } = loadKafkaSettings({ KAFKA_CLIENT_ID_FILE: path('id') });
    write('id', 'b');
    expect(current(kafka).clientId).toBe('b');
  });
});
