import type { Admin, AdminConfig, Kafka } from 'kafkajs';
import { describeProducers, type OpenTransaction } from '../kafkajs-2.2.4/describe-producers.js';
import { committedView, uncommittedAdmin, type Cluster } from '../kafkajs-2.2.4/uncommitted-admin.js';

/** Where the log of a partition begins and ends, and up to where it can be read. */
export interface PartitionBounds {
  partition: number;
  low: number;
  /** The last stable offset: where the first transaction begins that is still open; `high` where none is. */
  stable: number;
  /** The high watermark: what lies below is replicated. */
  high: number;
}

/**
 * The logs of topics, as an admin client sees them. kafkajs's own admin client takes the last stable offset for the end of
 * a log, which hides the records behind an open transaction; it is used where kafkajs is not patched.
 */
export class TopicLogs {
  /** Takes the high watermark for the end of a log. */
  readonly admin: Admin;
  readonly #cluster: Cluster | null;

  constructor(kafka: Kafka, config?: AdminConfig) {
    const { admin, cluster } = uncommittedAdmin(kafka, config);
    this.admin = admin;
    this.#cluster = cluster;
  }

  /** The admin client has to be connected. */
  async bounds(topic: string): Promise<PartitionBounds[]> {
    try {
      return await this.#bounds(topic);
    } catch {
      // An admin client of kafkajs looks for leaders once only, and one of them may have changed.
      await this.#cluster?.refreshMetadata();
      return this.#bounds(topic);
    }
  }

  async #bounds(topic: string): Promise<PartitionBounds[]> {
    const ends = await this.admin.fetchTopicOffsets(topic);
    // Asked for after the high watermark: what is appended in between must not look like a transaction.
    const stable = await this.#stableEnds(topic, ends);
    return ends.map(({ partition, low, high }) => ({
      partition,
      low: Number(low),
      stable: Math.min(stable.get(partition) ?? Infinity, Number(high)),
      high: Number(high),
    }));
  }

  /** The last stable offsets by partition; empty where kafkajs is not patched. */
  async #stableEnds(topic: string, ends: readonly { partition: number }[]): Promise<Map<number, number>> {
    if (this.#cluster === null) return new Map();
    const partitions = ends.map(({ partition }) => ({ partition }));
    const request = { topic, fromBeginning: false, partitions };
    const [found] = await committedView(this.#cluster).fetchTopicsOffset([request]);
    return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  /**
   * The transactions that are open in a partition, the first one first; none where the broker is older than 2.8, does not
   * allow to ask, or they have ended by now. The bounds have to be read before.
   */
  async openTransactions(topic: string, partition: number): Promise<OpenTransaction[]> {
    if (this.#cluster === null) return [];
    const [nodeId] = Object.keys(this.#cluster.findLeaderForPartitions(topic, [partition]));
    if (nodeId === undefined) return [];
    return describeProducers(await this.#cluster.findBroker({ nodeId }), topic, partition);
  }
}
