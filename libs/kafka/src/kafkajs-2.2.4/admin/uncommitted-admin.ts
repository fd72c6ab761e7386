import type { Admin, AdminConfig, Kafka } from 'kafkajs';
import type { Broker } from './describe-producers.js';
import { installPatches } from '../install.js';

/** The part of kafkajs's `Cluster` that is used. */
export interface Cluster {
  isolationLevel?: number;
  fetchTopicsOffset(
    topics: { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
  ): Promise<{ partitions: { partition: number; offset: string }[] }[]>;
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<Broker>;
  refreshMetadata(): Promise<void>;
}

/** An admin client and the cluster that it uses; the cluster is null if kafkajs is not patched. */
export interface LogAdmin {
  admin: Admin;
  cluster: Cluster | null;
}

type CreateCluster = (options: object) => Cluster;

const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

/**
 * Creates an admin client for which a log ends at the high watermark; for kafkajs's own it ends at the last stable
 * offset. kafkajs has no option for this, so the cluster that it creates for the admin client gets another isolation
 * level. If kafkajs is not patched, returns its own admin client.
 */
export function uncommittedAdmin(kafka: Kafka, config?: AdminConfig): LogAdmin {
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = key && (kafka as unknown as Record<symbol, CreateCluster>)[key];
  if (!installPatches() || key === undefined || create === undefined) {
    return { admin: kafka.admin(config), cluster: null };
  }
  let cluster: Cluster | null = null;
  const createUncommitted: CreateCluster = (options) => {
    cluster = create({ ...options, isolationLevel: READ_UNCOMMITTED });
    return cluster;
  };
  const uncommitted = Object.create(kafka, { [key]: { value: createUncommitted } }) as Kafka;
  const admin = uncommitted.admin(config);
  return { admin, cluster };
}

/** The same cluster over the same connections, with the isolation level read_committed. */
export function committedView(cluster: Cluster): Cluster {
  return Object.create(cluster, { isolationLevel: { value: READ_COMMITTED } }) as Cluster;
}
