import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { eventually, KafkaCluster, OFFSETS_TOPIC, readTopic } from '#testing';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { PauseWatch, type Place } from '../support/pause-watch.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const PARTITIONS = 6;
const EVERY_MS = 250;

describe('a cluster of three brokers under load', () => {
  let folder: string;
  let cluster: KafkaCluster;
  let endpoint: SnowflakeEndpoint;
  let scenario: Scenario;
  let service: Ingester;
  let traffic: Traffic;
  let watch: PauseWatch;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cluster-'));
    [cluster, endpoint] = await Promise.all([KafkaCluster.start(folder), SnowflakeEndpoint.start()]);
    await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    scenario = await Scenario.create('cluster', {
      partitions: PARTITIONS,
      bootstrap: cluster.bootstrapServers,
    });
    service = await scenario.startIngester({ ...snowflakeEnv(endpoint), READY_MAX_FAULT_MS: '3000' });
    watch = new PauseWatch(() => places('RAW_EVENTS_STREAM'));
    traffic = new Traffic(scenario, () => {
      watch.look();
    });
  });
  afterAll(async () => {
    await traffic.stop();
    await scenario.cleanUp();
    await Promise.all([cluster.stop(), endpoint.close()]);
    await rm(folder, { recursive: true });
  });

  function places(table: string): Place[] {
    return endpoint.table(table).map(({ EVENT_METADATA }) => EVENT_METADATA as Place);
  }

  /** Waits until events sent from now on have been stored. */
  async function storesOn(): Promise<void> {
    const acknowledged = traffic.acknowledged.size;
    await eventually(() => traffic.acknowledged.size > acknowledged, {
      timeoutMs: 60_000,
      describe: 'the cluster takes messages',
    });
    const { size } = traffic.acknowledged;
    await service.until('what was acknowledged is stored', () => settled() >= size, 60_000);
  }

  function settled(): number {
    return places('RAW_EVENTS_STREAM').length + places('SALES_EVENTS_DLQ').length;
  }

  async function inSync(): Promise<void> {
    for (const topic of [scenario.topic, scenario.deadLetterTopic, OFFSETS_TOPIC]) {
      await eventually(() => cluster.isInSync(topic), { timeoutMs: 60_000, describe: `${topic} is in sync` });
    }
  }

  async function requireReplicas(topic: string, count: number): Promise<void> {
    const admin = scenario.kafka.admin();
    await admin.connect();
    const configEntries = [{ name: 'min.insync.replicas', value: String(count) }];
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    });
    await admin.disconnect();
  }

  // These run in order, under constant traffic.
  it.each([
    { what: 'the leader of a partition', topicOf: () => scenario.topic },
    { what: 'the leader of the dead-letter topic', topicOf: () => scenario.deadLetterTopic },
    { what: 'the coordinator of its group', topicOf: () => OFFSETS_TOPIC },
  ])('stores on when $what is killed', async ({ topicOf }) => {
    await storesOn();
    const leader = await cluster.leader(topicOf(), 0);
    await cluster.broker(leader).kill();
    await storesOn();
    expect(await cluster.leader(topicOf(), 0)).not.toBe(leader);
    await service.untilReady();
    await cluster.broker(leader).restart();
    await inSync();
  });

  it('waits, and reports it, while only the dead-letter topic has too few replicas', async () => {
    const topic = scenario.deadLetterTopic;
    const gone = cluster.broker((await cluster.leader(topic, 0)) === 1 ? 2 : 1);
    await requireReplicas(topic, 3);
    await gone.kill();
    await service.until(
      'not ready for it',
      async () => (await service.get('/health')).body.includes('NOT_ENOUGH_REPLICAS'),
      60_000,
    );
    await requireReplicas(topic, 2);
    await storesOn();
    await service.untilReady();
    await gone.restart();
    await inSync();
  });

  it('waits, and reports it, while too few brokers are left for a quorum, and continues when they are back', async () => {
    const gone = cluster.nodes.slice(1);
    for (const node of gone) await cluster.broker(node).kill();
    await service.until('not ready', async () => (await service.get('/health')).status === 503, 60_000);
    expect((await service.get('/health/live')).status).toBe(200);
    await Promise.all(gone.map((node) => cluster.broker(node).restart()));
    await storesOn();
    await service.untilReady();
    await inSync();
  });

  it('then has stored every acknowledged message once, and published every dead letter', async () => {
    await traffic.stop();
    // Does not use the lag: it is as of the last fetch, which may not include the last message.
    const log = await readTopic(cluster.bootstrapServers, scenario.topic);
    await service.until('all that is in the log is stored', () => settled() >= log.length, 60_000);
    await service.untilMetric('kafka_lag', 0);
    expect(await service.stop()).toBe(0);

    const keys = new Set(log.map(({ key }) => key?.toString() ?? ''));
    expect([...traffic.acknowledged].filter((key) => !keys.has(key))).toEqual([]);

    const stored = places('RAW_EVENTS_STREAM').map(placeText);
    const letters = places('SALES_EVENTS_DLQ').map(placeText);
    expect([...stored, ...letters].sort()).toEqual(log.map(placeText).sort());
    const published = await readTopic(cluster.bootstrapServers, scenario.deadLetterTopic);
    const sources = published.map(({ headers }) =>
      placeText({
        partition: Number(headers['dlq.source.partition']?.toString()),
        offset: Number(headers['dlq.source.offset']?.toString()),
      }),
    );
    expect(letters.length).toBeGreaterThan(0);
    expect([...new Set(sources)].sort()).toEqual(letters.sort());
    for (const row of endpoint.table('INGESTION_CHECKPOINTS')) {
      const [first, next, ...counts] = [
        'FIRST_OFFSET',
        'NEXT_OFFSET',
        'STORED',
        'DEAD_LETTERED',
        'SKIPPED',
        'GAPS',
        'LOST',
      ].map((name) => Number(row[name])) as [number, number, ...number[]];
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(next - first);
    }
    process.stdout.write(
      `Cluster of 3 brokers, one killed after the other, then two at once: ${traffic.acknowledged.size} messages acknowledged, ` +
        `${stored.length} rows, ${letters.length} dead letters, 0 twice, longest pause of a partition ` +
        `${(watch.longestMs / 1000).toFixed(1)} s\n`,
    );
  });
});

/** Constantly sends a message to each partition, one of them bad, and records the keys of acknowledged ones. */
class Traffic {
  readonly acknowledged = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #sending: Promise<void> | null = null;
  #sent = 0;

  constructor(
    private readonly scenario: Scenario,
    each: () => void,
  ) {
    this.#timer = setInterval(() => {
      each();
      this.#sending ??= this.#send().finally(() => {
        this.#sending = null;
      });
    }, EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
  }

  /** Unacknowledged messages may still be in the topic. */
  async #send(): Promise<void> {
    const messages = Array.from({ length: PARTITIONS }, (_, partition) => {
      const id = this.#sent++;
      return { ...validOrder(id), ...(id % 10 === 0 ? { value: '{' } : {}), key: `key-${id}`, partition };
    });
    try {
      await this.scenario.produce(messages);
      for (const { key } of messages) this.acknowledged.add(key);
    } catch {
      // Not acknowledged, so nothing is promised.
    }
  }
}

function placeText({ partition, offset }: Place): string {
  return `${partition}@${offset}`;
}
