import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type AclEntry,
} from 'kafkajs';
import { Secret } from '#settings';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { SecureBroker, USER } from '../support/secure-broker.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const PASSWORD = 'correct-horse-47';

/** Others may change permissions at any time. */
describe('promise 7: permissions that are revoked while the service runs', () => {
  let broker: SecureBroker;
  let scenario: Scenario;
  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    broker = await SecureBroker.start(PASSWORD, {
      // kafkajs reauthenticates ten seconds before a session ends.
      'connections.max.reauth.ms': '12000',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      'allow.everyone.if.no.acl.found': 'true',
    });
    scenario = await Scenario.create('refused', { bootstrap: broker.broker.bootstrapServer, partitions: 2 });
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await broker.stop();
  });

  async function started(): Promise<Ingester> {
    const ingester = await scenario.startIngester({
      KAFKA_BOOTSTRAP_SERVER: broker.login,
      ...broker.trust,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: USER,
      KAFKA_SASL_PASSWORD: PASSWORD,
    });
    cleanUps.push(async () => {
      await ingester.stop();
    });
    await storesMore(scenario, ingester);
    return ingester;
  }

  async function aclsOf(
    entries: AclEntry[],
  ): Promise<{ take: () => Promise<unknown>; giveBack: () => Promise<unknown> }> {
    const admin = scenario.kafka.admin();
    await admin.connect();
    cleanUps.push(() => admin.disconnect());
    return {
      take: () => admin.createAcls({ acl: entries }),
      giveBack: () => admin.deleteAcls({ filters: entries }),
    };
  }

  it.each([
    ['the topic', AclResourceTypes.TOPIC, () => scenario.topic, 'TOPIC_AUTHORIZATION_FAILED'],
    ['the group', AclResourceTypes.GROUP, () => scenario.group, 'GROUP_AUTHORIZATION_FAILED'],
  ] as const)(
    'access to %s in Kafka: reported within seconds, and restored without a restart',
    async (_, type, name, code) => {
      const ingester = await started();
      const { take, giveBack } = await aclsOf([
        {
          resourceType: type,
          resourceName: name(),
          resourcePatternType: ResourcePatternTypes.LITERAL,
          principal: `User:${USER}`,
          host: '*',
          operation: AclOperationTypes.ALL,
          permissionType: AclPermissionTypes.DENY,
        },
      ]);
      await take();
      await expectTold(ingester, code);
      await ingester.until('no old lag is shown', async () => !(await hasLag(ingester)));
      await giveBack();
      await expectMended(scenario, ingester);
    },
  );

  it('the Kafka login, as a session ends', async () => {
    const ingester = await started();
    await broker.broker.changePassword(USER, 'SCRAM-SHA-512', 'another-11');
    await expectTold(ingester, 'KAFKA_SASL_PASSWORD');
    await ingester.until('no old lag is shown', async () => !(await hasLag(ingester)));
    await broker.broker.changePassword(USER, 'SCRAM-SHA-512', PASSWORD);
    await expectMended(scenario, ingester);
  });

  it('a privilege in Snowflake', async () => {
    const endpoint = await SnowflakeEndpoint.start();
    cleanUps.push(() => endpoint.close());
    await SnowflakeWarehouse.start({
      accessUrl: endpoint.url,
      login: { kind: 'password', user: 'INGESTER', password: new Secret('secret') },
    });
    const own = await Scenario.create('refused-right');
    cleanUps.push(() => own.cleanUp());
    const ingester = await own.startIngester(snowflakeEnv(endpoint));
    await storesMore(own, ingester);
    endpoint.revoke('INSERT', 'RAW_EVENTS_STREAM');
    await own.produce([validOrder()]);
    await expectTold(ingester, 'RAW_EVENTS_STREAM');
    // Kafka still reports the lag.
    expect(await ingester.metric('kafka_lag')).toBe(1);
    endpoint.grant('INSERT', 'RAW_EVENTS_STREAM');
    await expectMended(own, ingester);
    expect(await ingester.stop()).toBe(0);
    expect(endpoint.count('RAW_EVENTS_STREAM')).toBe(3);
  });
});

async function storesMore(scenario: Scenario, ingester: Ingester): Promise<void> {
  const before = await ingester.metric('snowflake_events_inserted_total');
  await scenario.produce([validOrder()]);
  const stored = async () => (await ingester.metric('snowflake_events_inserted_total')) > before;
  await ingester.until('more is stored', stored, 60_000);
}

/** Readiness, the metrics, the page and the log. */
async function expectTold(ingester: Ingester, words: string): Promise<void> {
  const isTold = async () => {
    const { status, body } = await ingester.get('/health');
    return status === 503 && body.includes(words);
  };
  await ingester.until('not ready', isTold);
  expect((await ingester.get('/health/live')).status).toBe(200);
  expect(await ingester.metric('ready')).toBe(0);
  expect(await ingester.metric('not_ready')).toBeGreaterThan(0);
  expect(await ingester.metric('faults_total', { class: 'setup' })).toBeGreaterThan(0);
  expect(await shownOnPage(ingester)).toMatchObject({ readiness: { isReady: false } });
  const told = ingester.log().filter(({ event, msg }) => event === 'faulted' && String(msg).includes(words));
  expect(told.length).toBeGreaterThan(0);
}

async function expectMended(scenario: Scenario, ingester: Ingester): Promise<void> {
  await storesMore(scenario, ingester);
  await ingester.until('ready again', async () => (await ingester.get('/health')).status === 200, 60_000);
  await ingester.untilMetric('kafka_lag', 0);
  expect(await shownOnPage(ingester)).toMatchObject({ readiness: { isReady: true } });
}

async function hasLag(ingester: Ingester): Promise<boolean> {
  return (await ingester.get('/metrics')).body.includes('\nkafka_lag{');
}

/** The next snapshot that the page gets. */
async function shownOnPage(ingester: Ingester): Promise<unknown> {
  const request = get(`${ingester.url}/page/live`);
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
      const [, snapshot] = /event: snapshot\ndata: (.*)\n\n/.exec(text) ?? [];
      if (snapshot !== undefined) return JSON.parse(snapshot) as unknown;
    }
    throw new Error(`the page ended with ${text}`);
  } finally {
    request.destroy();
  }
}
