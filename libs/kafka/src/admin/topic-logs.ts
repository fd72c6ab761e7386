import type { Admin, AdminConfig, Kafka } from 'kafkajs';
import { describeProducers, type OpenTransaction } from '../kafkajs-2.2.4/admin/describe-producers.js';
import { committedView, uncommittedAdmin, type Cluster } from '../kafkajs-2.2.4/admin/uncommitted-admin.js';

/** Where a partition's log begins and ends, and how far it can be read. */
export interface PartitionBounds {
  partition: number;
  low: number;
  /** The last stable offset: the first offset of the earliest open transaction; `high` if none is open. */
  stable: number;
  /** The high watermark: records below it are replicated. */
  high: number;
}

/**
 * Reads the bounds and open transactions of topics' logs. For kafkajs's own admin client a log ends at the last stable
 * offset, which hides the records after an open transaction; it is used only if kafkajs is not patched.
 */
export class TopicLogs {
  /** For this client, a log ends at the high watermark. */
  readonly admin: Admin;
  readonly #cluster: Cluster | null;

  constructor(kafka: Kafka, config?: AdminConfig) {
    const { admin, cluster } = uncommittedAdmin(kafka, config);
    this.admin = admin;
    this.#cluster = cluster;
  }

  /** Requires a connected admin client. */
  async bounds(topic: string): Promise<PartitionBounds[]> {
    try {
      return await this.#bounds(topic);
    } catch {
      // kafkajs's admin client looks up the leaders only once, and one may have changed.
      await this.#cluster?.refreshMetadata();
      return this.#bounds(topic);
    }
  }

  async #bounds(topic: string): Promise<PartitionBounds[]> {
    const ends = await this.admin.fetchTopicOffsets(topic);
    // Read after the high watermark: a record appended in between must not look like an open transaction.
    const stable = await this.#stableEnds(topic, ends);
    return ends.map(({ partition, low, high }) => ({
      partition,
      low: Number(low),
      stable: Math.min(stable.get(partition) ?? Infinity, Number(high)),
      high: Number(high),
    }));
  }

  /** The last stable offsets by partition; empty if kafkajs is not patched. */
  async #stableEnds(topic: string, ends: readonly { partition: number }[]): Promise<Map<number, number>> {
    if (this.#cluster === null) return new Map();
    const partitions = ends.map(({ partition }) => ({ partition }));
    const request = { topic, fromBeginning: false, partitions };
    const [found] = await committedView(this.#cluster).fetchTopicsOffset([request]);
    return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  /**
   * Returns the open transactions of a partition by first offset. Returns none if the broker is older than 2.8, refuses
   * the request, or they have ended in the meantime. Requires that the bounds were read before.
   */
  async openTransactions(topic: string, partition: number): Promise<OpenTransaction[]> {
    if (this.#cluster === null) return [];
    const [nodeId] = Object.keys(this.#cluster.findLeaderForPartitions(topic, [partition]));
    if (nodeId === undefined) return [];
    return describeProducers(await this.#cluster.findBroker({ nodeId }), topic, partition);
  }
}
