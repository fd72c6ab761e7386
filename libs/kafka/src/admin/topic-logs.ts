import type { Admin, AdminConfig, Kafka } from 'kafkajs';
import { describeProducers, type Broker, type OpenTransaction } from '../kafkajs-2.2.4/describe-producers.js';

/** Where the log of a partition begins and ends, and up to where it can be read. */
export interface PartitionBounds {
  partition: number;
  low: number;
  /** The last stable offset: where the first transaction begins that is still open; `high` where none is. */
  stable: number;
  /** The high watermark: what lies below is replicated. */
  high: number;
}

/** What is used of kafkajs's own `Cluster`. */
interface Cluster {
  isolationLevel?: number;
  fetchTopicsOffset(
    topics: { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
  ): Promise<{ partitions: { partition: number; offset: string }[] }[]>;
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
  refreshMetadata(): Promise<void>;
}

type CreateCluster = (options: object) => Cluster;

const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

/**
 * The logs of topics, as an admin client sees them. kafkajs's own admin takes the last stable offset for the end of a log,
 * so that nothing seems to wait behind an open transaction.
 */
export class TopicLogs {
  /** Takes the high watermark for the end of a log. */
  readonly admin: Admin;
  readonly #cluster: Cluster;
  readonly #committed: Cluster;

  /** @throws Error where kafkajs is not built as 2.2.4 is */
  constructor(kafka: Kafka, config?: AdminConfig) {
    const { admin, cluster } = uncommittedAdmin(kafka, config);
    this.admin = admin;
    this.#cluster = cluster;
    // The same connections.
    this.#committed = Object.create(cluster, { isolationLevel: { value: READ_COMMITTED } }) as Cluster;
  }

  /** The admin client has to be connected. */
  async bounds(topic: string): Promise<PartitionBounds[]> {
    try {
      return await this.#bounds(topic);
    } catch {
      // An admin client of kafkajs looks for leaders once only, and one of them may have changed.
      await this.#cluster.refreshMetadata();
      return this.#bounds(topic);
    }
  }

  async #bounds(topic: string): Promise<PartitionBounds[]> {
    const ends = await this.admin.fetchTopicOffsets(topic);
    const partitions = ends.map(({ partition }) => ({ partition }));
    // Asked for later than the high watermark: what is appended in between does not look like a transaction.
    const [found] = await this.#committed.fetchTopicsOffset([{ topic, fromBeginning: false, partitions }]);
    const stable = new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return ends.map(({ partition, low, high }) => ({
      partition,
      low: Number(low),
      stable: Math.min(stable.get(partition) ?? Infinity, Number(high)),
      high: Number(high),
    }));
  }

  /**
   * The transactions that are open in a partition, the first one first; none where the broker is older than 2.8, does not
   * allow to ask, or they have ended by now. The bounds have to be read before.
   */
  async openTransactions(topic: string, partition: number): Promise<OpenTransaction[]> {
    const [nodeId] = Object.keys(this.#cluster.findLeaderForPartitions(topic, [partition]));
    if (nodeId === undefined) return [];
    return describeProducers(await this.#cluster.findBroker({ nodeId }), topic, partition);
  }
}

/** kafkajs has no option for it: the cluster that it creates for the admin client is given another isolation level. */
function uncommittedAdmin(kafka: Kafka, config?: AdminConfig): { admin: Admin; cluster: Cluster } {
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = key && (kafka as unknown as Record<symbol, CreateCluster>)[key];
  if (key === undefined || create === undefined)
    throw new Error('kafkajs makes its clusters in another way than 2.2.4');
  const created: Cluster[] = [];
  const createUncommitted: CreateCluster = (options) => {
    const cluster = create({ ...options, isolationLevel: READ_UNCOMMITTED });
    created.push(cluster);
    return cluster;
  };
  const uncommitted = Object.create(kafka, { [key]: { value: createUncommitted } }) as Kafka;
  const admin = uncommitted.admin(config);
  const [cluster] = created;
  if (cluster === undefined) throw new Error('kafkajs makes its admin client in another way than 2.2.4');
  return { admin, cluster };
}
