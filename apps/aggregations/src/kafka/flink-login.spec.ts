import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { loadKafkaSettings } from '#settings';
import { flinkLogin } from './flink-login.js';

const PASSWORD = 'a"b\\c é';
const SASL = {
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'flink',
  KAFKA_SASL_PASSWORD: PASSWORD,
};

describe('flinkLogin', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'login-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const loginFor = (env: Record<string, string>) => flinkLogin(loadKafkaSettings(env).kafka, folder);

  it('has no options without TLS and SASL', () => {
    expect(loginFor({}).options).toEqual({});
  });

  it('names a file with the password, which only this user may read', () => {
    const login = loginFor({ KAFKA_TLS: 'true', ...SASL });
    login.write();
    expect(login.options).toMatchObject({
      'properties.security.protocol': 'SASL_SSL',
      'properties.sasl.mechanism': 'SCRAM-SHA-512',
      'properties.sasl.jaas.config': `\${file:${folder}/login.properties:login}`,
    });
    expect(JSON.stringify(login.options)).not.toContain('flink"');
    const file = join(folder, 'login.properties');
    expect(readFileSync(file, 'utf8')).toContain(
      String.raw`required username="flink" password="a\\"b\\\\c \u00e9";`,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('passes on the CA', () => {
    const [ca = ''] = rootCertificates;
    const login = loginFor({ KAFKA_TLS: 'true', KAFKA_TLS_CA: ca });
    login.write();
    expect(login.options).toEqual({
      'properties.security.protocol': 'SSL',
      'properties.ssl.truststore.type': 'PEM',
      'properties.ssl.truststore.location': join(folder, 'ca.pem'),
    });
    expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(ca);
  });

  it('says what to set instead of settings that Flink has no counterpart of', () => {
    expect(() => loginFor({ KAFKA_TLS: 'true', KAFKA_TLS_SERVER_NAME: 'broker.example' })).toThrow(
      /KAFKA_TLS_SERVER_NAME.*\n.*name from the certificate/,
    );
    const oauth = { KAFKA_TLS: 'true', KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_OAUTH_TOKEN: 'a.b.c' };
    expect(() => loginFor(oauth)).toThrow(/oauthbearer.*scram-sha-512/);
  });
});
