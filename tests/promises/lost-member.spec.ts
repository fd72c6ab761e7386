import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, KafkaBroker } from '#testing';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { HEARTBEAT, heartbeatRefused, JOIN_GROUP, KafkaProxy } from '../support/kafka-proxy.js';
import { Scenario } from '../support/scenario.js';

const COORDINATOR_NOT_AVAILABLE = 15;

/** The group has reassigned the partitions, but nothing throws: kafkajs keeps fetching. */
describe('promise 7: a member that its group has removed', () => {
  let dataDir: string;
  let proxy: KafkaProxy;
  let broker: KafkaBroker;
  let scenario: Scenario;
  let ingester: Ingester;
  let sent = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lost-member-'));
    const port = await freePort();
    proxy = await KafkaProxy.start(port);
    broker = await KafkaBroker.start({
      dataDir,
      port,
      extra: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` },
    });
    scenario = await Scenario.create('lost-member', { bootstrap: `127.0.0.1:${proxy.port}` });
    ingester = await scenario.startIngester();
    await storeTen();
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await broker.kill();
    await proxy.close();
    await rm(dataDir, { recursive: true });
  });

  async function members(): Promise<number> {
    const admin = scenario.kafka.admin();
    await admin.connect();
    try {
      const { groups } = await admin.describeGroups([scenario.group]);
      return groups[0]?.members.length ?? 0;
    } finally {
      await admin.disconnect();
    }
  }

  async function storeTen(): Promise<void> {
    await scenario.produce(Array.from({ length: 10 }, () => validOrder()));
    sent += 10;
    await ingester.untilMetric('snowflake_events_inserted_total', sent);
    // The group accepts offsets only from its members.
    const isCommitted = async () => (await scenario.committedOffsets()).get(0) === sent;
    await ingester.until('committed', isCommitted, 60_000);
    expect(await members()).toBe(1);
  }

  it('joins again if its connections break in the middle of a join', async () => {
    proxy.silence(true);
    await ingester.until('forgotten', async () => (await members()) === 0, 60_000);
    let isBroken = false;
    proxy.treat = ({ type }) => {
      if (isBroken || type !== JOIN_GROUP) return 'pass';
      isBroken = true;
      return 'reset-all';
    };
    proxy.silence(false);
    await ingester.until('a broken join', () => isBroken, 60_000);
    await ingester.untilReady();
    await storeTen();
  });

  it('restarts with new connections if its heartbeats fail but its fetches do not; health says why', async () => {
    const isTold = async () => (await ingester.get('/health')).body.includes('MEMBERSHIP_LOST');
    proxy.treat = (request) =>
      request.type === HEARTBEAT ? heartbeatRefused(request, COORDINATOR_NOT_AVAILABLE) : 'pass';
    await ingester.until('told', isTold, 120_000);
    proxy.treat = () => 'pass';
    await ingester.untilReady();
    await ingester.until('calm', async () => !(await isTold()), 60_000);
    await storeTen();
  });

  it('and each event is stored once', async () => {
    expect(await ingester.stop()).toBe(0);
    expect(await scenario.query('SELECT count(*) AS n FROM RAW_EVENTS_STREAM')).toEqual([
      { n: String(sent) },
    ]);
  });
});
