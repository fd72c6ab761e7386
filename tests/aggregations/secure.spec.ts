import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTopic, uniqueTopic } from '#testing';
import { makeAuthority, makeCertificate, writeKeyStore, type Certificate } from '../support/certificates.js';
import { SecureBroker, USER } from '../support/secure-broker.js';
import { AggregationsProcess } from './aggregations-process.js';
import { untilRight } from './result-topics.js';
import { SalesHistory } from './sales-history.js';

const PASSWORD = 'correct-horse-47';
const WRONG_PASSWORD = 'battery-staple-11';
const ADDRESS = '127.0.0.1';

type Env = Record<string, string>;

describe('The aggregations over TLS', () => {
  const topic = uniqueTopic('aggregated');
  let folder: string;
  let authority: Certificate;
  let client: Certificate;
  let broker: SecureBroker;
  let history: SalesHistory;
  let aggregations: AggregationsProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aggregations-'));
    authority = await makeAuthority(folder, 'authority.caves-albert.example');
    client = await makeCertificate(folder, 'flink.caves-albert.example', authority);
    const server = await makeCertificate(folder, ADDRESS, authority);
    broker = await SecureBroker.start(PASSWORD, {
      'ssl.keystore.location': await writeKeyStore(folder, 'server', server),
      'ssl.truststore.location': authority.certFile,
    });
    await createTopic(broker.broker.bootstrapServer, topic, { partitions: 4 });
    history = new SalesHistory(broker.broker.bootstrapServer, topic);
  });
  afterEach(async () => {
    await aggregations.kill();
  });
  afterAll(async () => {
    await broker.stop();
    await rm(folder, { recursive: true });
  });

  function start(bootstrap: string, env: Env): AggregationsProcess {
    const trust = { KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: authority.certFile };
    aggregations = new AggregationsProcess({
      bootstrap,
      topic,
      folder: join(folder, 'state'),
      env: { ...trust, ...env },
    });
    return aggregations;
  }

  const login = (mechanism: string, password = PASSWORD): Env => ({
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: USER,
    KAFKA_SASL_PASSWORD: password,
  });

  const WAYS: [name: string, bootstrap: () => string, env: () => Env][] = [
    ['SCRAM-SHA-512', () => broker.login, () => login('scram-sha-512')],
    ['PLAIN', () => broker.login, () => login('plain')],
    [
      'a client certificate',
      () => broker.mutual,
      () => ({ KAFKA_TLS_CERT_FILE: client.certFile, KAFKA_TLS_KEY_FILE: client.keyFile }),
    ],
  ];

  it.each(WAYS)('read and write with %s, and show no secret', async (_, bootstrap, env) => {
    await history.trade(300, 1);
    await start(bootstrap(), env()).untilRunning();
    await untilRight(broker.broker.bootstrapServer, topic, history);
    const shown = [
      aggregations.output,
      ...aggregations.jvms().map(({ pid }) => readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
      ...shownFiles(join(folder, 'state')).map((path) => readFileSync(path, 'utf8')),
    ];
    for (const text of shown) {
      expect(text).not.toContain('horse');
      expect(text).not.toContain('PRIVATE KEY');
    }
  });

  it('say which setting to correct when the broker refuses the login', async () => {
    const { code } = await start(broker.login, login('scram-sha-512', WRONG_PASSWORD)).exited;
    expect(code).toBe(1);
    expect(aggregations.output).toContain('KAFKA_SASL_PASSWORD');
    expect(aggregations.output).not.toContain(WRONG_PASSWORD);
  });
});

/** The SQL, configuration and logs of the only run below a folder. */
function shownFiles(folder: string): string[] {
  const [run = ''] = readdirSync(folder);
  const names = ['conf', 'log'].flatMap((part) =>
    readdirSync(join(folder, run, part)).map((name) => join(part, name)),
  );
  return ['aggregations.sql', ...names].map((name) => join(folder, run, name));
}
