import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Secret } from '#settings';
import { SnowflakeEndpoint, type User } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { validOrder } from '../support/bad-input.js';
import { makeAuthority, makeCertificate } from '../support/certificates.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { SecureBroker, USER } from '../support/secure-broker.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const OLD = 'old-canary-47';
const NEW = 'new-canary-11';
const EVERY_MS = 100;

/** A folder whose files are swapped atomically, as Kubernetes mounts a Secret. */
class MountedSecret {
  #version = 0;

  constructor(private readonly folder: string) {}

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(files: Record<string, string>): Promise<void> {
    const version = join(this.folder, `..${(this.#version += 1)}`);
    await mkdir(version, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(version, name), text);
      if (this.#version === 1) await symlink(join('..data', name), this.path(name));
    }
    await symlink(version, join(this.folder, '..new'));
    await rename(join(this.folder, '..new'), join(this.folder, '..data'));
  }

  /** The state of a mount for a moment while it is replaced. */
  async clear(): Promise<void> {
    await rm(join(this.folder, '..data'));
  }
}

/** Sends orders at a steady pace until stopped, even if the broker is unavailable for a while. */
class Load {
  #isOver = false;
  readonly #sending: Promise<void>;

  constructor(private readonly scenario: Scenario) {
    this.#sending = this.#send();
  }

  /** The number of messages in the topic: if a response was lost, only Kafka knows. */
  async stop(): Promise<number> {
    this.#isOver = true;
    await this.#sending;
    const admin = this.scenario.kafka.admin();
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(this.scenario.topic);
    await admin.disconnect();
    return ends.reduce((sum, { high }) => sum + Number(high), 0);
  }

  async #send(): Promise<void> {
    while (!this.#isOver) {
      await this.scenario.produce([validOrder()]).catch(() => undefined);
      await delay(EVERY_MS);
    }
  }
}

/** Waits until more is stored than when this was called. */
async function untilMoreStored(ingester: Ingester): Promise<void> {
  const stored = () => ingester.metric('snowflake_events_inserted_total');
  const before = await stored();
  await ingester.until('more is stored', async () => (await stored()) > before, 90_000);
}

function expectNoSecret({ output }: Ingester): void {
  for (const secret of [OLD, NEW, 'PRIVATE KEY']) expect(output).not.toContain(secret);
}

describe('secrets that are rotated while the service runs', () => {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function scene(bootstrap?: string): Promise<{ scenario: Scenario; secret: MountedSecret }> {
    const scenario = await Scenario.create('rotation', bootstrap === undefined ? {} : { bootstrap });
    cleanUps.push(() => scenario.cleanUp());
    return { scenario, secret: new MountedSecret(join(scenario.folder, 'secret')) };
  }

  it('a Snowflake token is read again at the next login: no restart, nothing lost', async () => {
    const user: User = { password: 'admin', accessTokens: [OLD] };
    const endpoint = await SnowflakeEndpoint.start({ users: { INGESTER: user } });
    cleanUps.push(() => endpoint.close());
    await SnowflakeWarehouse.start({
      accessUrl: endpoint.url,
      login: { kind: 'password', user: 'INGESTER', password: new Secret('admin') },
    });
    const { scenario, secret } = await scene();
    await secret.write({ token: `${OLD}\n` });
    const ingester = await scenario.startIngester({
      ...snowflakeEnv(endpoint),
      SNOWFLAKE_PASSWORD: '',
      SNOWFLAKE_TOKEN_FILE: secret.path('token'),
    });
    const endSessions = () => {
      for (const { id } of endpoint.sessions) endpoint.endSession(id);
    };
    const load = new Load(scenario);
    cleanUps.push(async () => {
      await load.stop();
    });

    await secret.clear();
    endSessions();
    await untilMoreStored(ingester);
    user.accessTokens = [NEW];
    await secret.write({ token: `\uFEFF${NEW}\r\n` });
    endSessions();
    await untilMoreStored(ingester);

    const sent = await load.stop();
    await scenario.untilSettled(ingester);
    await ingester.untilReady();
    expect(await ingester.stop()).toBe(0);
    expect(endpoint.count('RAW_EVENTS_STREAM')).toBe(sent);
    expect(ingester.output).toMatch(
      /SNOWFLAKE_TOKEN_FILE: .* cannot be read \(ENOENT\).*the last valid contents/,
    );
    expect(ingester.output).toContain('Reloaded: SNOWFLAKE_TOKEN_FILE');
    expectNoSecret(ingester);
  });

  it('so are a Kafka password, CA and client certificate when brokers ask for them', async () => {
    // kafkajs logs in again ten seconds before a session ends.
    const broker = await SecureBroker.start(OLD, { 'connections.max.reauth.ms': '12000' });
    cleanUps.push(() => broker.stop());
    const bootstrap = broker.broker.bootstrapServer;
    const byPassword = await scene(bootstrap);
    const byCertificate = await scene(bootstrap);
    const trust = (secret: MountedSecret) => ({ ...broker.trust, KAFKA_TLS_CA_FILE: secret.path('ca') });
    const ca = broker.authority.cert;
    await byPassword.secret.write({ ca, password: OLD });
    await byCertificate.secret.write({ ca, cert: broker.client.cert, key: broker.client.key });
    const ingesters = await Promise.all([
      byPassword.scenario.startIngester({
        ...trust(byPassword.secret),
        KAFKA_BOOTSTRAP_SERVER: broker.login,
        KAFKA_SASL_MECHANISM: 'scram-sha-512',
        KAFKA_SASL_USERNAME: USER,
        KAFKA_SASL_PASSWORD_FILE: byPassword.secret.path('password'),
      }),
      byCertificate.scenario.startIngester({
        ...trust(byCertificate.secret),
        KAFKA_BOOTSTRAP_SERVER: broker.mutual,
        KAFKA_TLS_CERT_FILE: byCertificate.secret.path('cert'),
        KAFKA_TLS_KEY_FILE: byCertificate.secret.path('key'),
      }),
    ]);
    const loads = [byPassword, byCertificate].map(({ scenario }) => new Load(scenario));
    cleanUps.push(async () => {
      await Promise.all(loads.map((load) => load.stop()));
    });
    const [loggedIn] = ingesters;

    await broker.broker.changePassword(USER, 'SCRAM-SHA-512', NEW);
    await byPassword.secret.write({ ca, password: NEW });
    await loggedIn.until('logged in anew', () => loggedIn.output.includes('KAFKA_SASL_PASSWORD_FILE'));
    await untilMoreStored(loggedIn);

    const next = await makeAuthority(broker.folder, 'next-authority.caves-albert.example');
    const client = await makeCertificate(broker.folder, 'next-ingester.caves-albert.example', next);
    await byPassword.secret.write({ ca: next.cert, password: NEW });
    await byCertificate.secret.write({ ca: next.cert, cert: client.cert, key: client.key });
    await broker.moveTo(next);
    await Promise.all(ingesters.map(untilMoreStored));

    const sent = await Promise.all(loads.map((load) => load.stop()));
    for (const [index, ingester] of ingesters.entries()) {
      await ingester.untilMetric('snowflake_events_inserted_total', sent[index] ?? 0);
      expect(await ingester.stop()).toBe(0);
      expectNoSecret(ingester);
    }
    const rows = [byPassword, byCertificate].map(({ scenario }) =>
      scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM'),
    );
    expect((await Promise.all(rows)).flat()).toEqual(sent.map((count) => ({ N: String(count) })));
  });
});
