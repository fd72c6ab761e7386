import type { SimulatedProcess } from '../time/simulated-process.js';
import type { Connection } from './connection.js';
import { ConsumerGroup } from './consumer-group.js';
import { PartitionLog } from './partition-log.js';

/** How a broker fails a produce request. `unsure`: it reports a failure, but has stored the records. */
export type ProduceFault = 'refuse' | 'unsure' | null;

export const NODES = [1, 2, 3] as const;

/** The brokers of one simulated world, and their data. */
export class Cluster {
  readonly topics = new Map<string, PartitionLog[]>();
  readonly up = new Set<number>(NODES);
  readonly connections = new Set<Connection>();
  readonly group = new ConsumerGroup();
  /** When each process last sent a JoinGroup, even if it did not arrive. Virtual ms. */
  readonly joinRequestedAt = new Map<SimulatedProcess, number>();
  /** The broker that coordinates the group. */
  coordinator: number = NODES[0];
  produceFault: ProduceFault = null;
  /** The mean extra delay of requests and responses. */
  slowMs = 0;
  /** How long brokers delay each response, as they do for clients beyond their quota. */
  throttleMs = 0;

  create(topic: string, partitions: number): PartitionLog[] {
    const logs = Array.from(
      { length: partitions },
      (_, number) => new PartitionLog(number, NODES[number % NODES.length] ?? NODES[0]),
    );
    this.topics.set(topic, logs);
    return logs;
  }

  delete(topic: string): void {
    this.topics.delete(topic);
    this.group.offsets.forget(topic);
  }

  log(topic: string, partition: number): PartitionLog | undefined {
    return this.topics.get(topic)?.[partition];
  }

  /** Stops a broker; another one takes over its partitions. @param heir in [0, 1), chooses which */
  stop(node: number, heir: number): void {
    this.up.delete(node);
    for (const connection of [...this.connections]) if (connection.node === node) connection.close();
    const alive = [...this.up];
    const next = alive[Math.floor(heir * alive.length)];
    if (next === undefined) return;
    for (const logs of this.topics.values())
      for (const log of logs) if (log.leader === node) log.leader = next;
    if (this.coordinator === node) this.coordinator = next;
  }
}

let current: Cluster | null = null;

/** Makes kafkajs connect to these brokers. */
export function connectTo(cluster: Cluster): void {
  current = cluster;
}

export function theCluster(): Cluster {
  if (current === null) throw new Error('there is no cluster');
  return current;
}
