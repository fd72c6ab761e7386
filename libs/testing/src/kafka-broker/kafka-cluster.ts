import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '../eventually.js';
import { freePort } from '../processes/free-port.js';
import { KafkaBroker, newClusterId } from './kafka-broker.js';

const NODES = [1, 2, 3] as const;
const HEAP_MB = 256;
const NOBODY = -1;
const ELECTION_TIMEOUT_MS = 60_000;

/** Holds the offsets of groups. The leader of its only partition here is every group's coordinator. */
export const OFFSETS_TOPIC = '__consumer_offsets';

/** Three brokers, each also a controller: three replicas per topic, and two must have what is acknowledged. */
const REPLICATED = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  // The default for removing a lost follower from the in-sync set is 30 s.
  'replica.lag.time.max.ms': '5000',
};

/** A real Apache Kafka cluster on the loopback interface, as child processes. */
export class KafkaCluster {
  private constructor(private readonly brokers: ReadonlyMap<number, KafkaBroker>) {}

  /** @throws like {@link KafkaBroker.start} */
  static async start(dataDir: string): Promise<KafkaCluster> {
    const clusterId = newClusterId();
    const ports = await Promise.all(
      NODES.map(async (node) => ({ node, port: await freePort(), controllerPort: await freePort() })),
    );
    const voters = ports.map(({ node, controllerPort }) => `${node}@127.0.0.1:${controllerPort}`).join(',');
    const started = await Promise.allSettled(
      ports.map(({ node, port, controllerPort }) =>
        KafkaBroker.start({
          dataDir: join(dataDir, `broker-${node}`),
          port,
          heapMb: HEAP_MB,
          clusterId,
          extra: {
            ...REPLICATED,
            'node.id': String(node),
            'controller.quorum.voters': voters,
            listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
          },
        }),
      ),
    );
    const brokers = started.flatMap((each, index) =>
      each.status === 'fulfilled' ? [[NODES[index] ?? 0, each.value] as const] : [],
    );
    const cluster = new KafkaCluster(new Map(brokers));
    const failed = started.find((each) => each.status === 'rejected');
    if (failed === undefined) return cluster;
    await cluster.stop();
    throw failed.reason;
  }

  /** All brokers, comma-separated. */
  get bootstrapServers(): string {
    return [...this.brokers.values()].map(({ bootstrapServer }) => bootstrapServer).join(',');
  }

  /** The ids of all brokers. */
  get nodes(): number[] {
    return [...this.brokers.keys()];
  }

  /** The broker with this node id. */
  broker(node: number): KafkaBroker {
    const broker = this.brokers.get(node);
    if (broker === undefined) throw new RangeError(`The cluster has no broker ${node}`);
    return broker;
  }

  /** The leader of a partition, once it has one. */
  async leader(topic: string, partition: number): Promise<number> {
    const elected = await eventually(
      async () =>
        (await this.#partitions(topic)).find(
          ({ partitionId, leader }) => partitionId === partition && leader !== NOBODY,
        ),
      { timeoutMs: ELECTION_TIMEOUT_MS, describe: `${topic}[${partition}] has a leader` },
    );
    return elected?.leader ?? NOBODY;
  }

  /** Whether every replica of the topic is in sync. */
  async isInSync(topic: string): Promise<boolean> {
    return (await this.#partitions(topic)).every(({ isr }) => isr.length === NODES.length);
  }

  /** Kills all brokers at once: their data is not needed again. */
  async stop(): Promise<void> {
    await Promise.all([...this.brokers.values()].map((broker) => broker.kill()));
  }

  async #partitions(topic: string) {
    const brokers = this.bootstrapServers.split(',');
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions ?? [];
    } finally {
      await admin.disconnect();
    }
  }
}
