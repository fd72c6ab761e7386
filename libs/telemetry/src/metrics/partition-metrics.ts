import { Counter, Gauge } from 'prom-client';
import type { OpenTransaction, TopicPartition } from '#pipeline';
import { MetricGroup } from './metric-group.js';

/** An assigned partition, for the gauges. */
export interface PartitionReading extends TopicPartition {
  isHeld: boolean;
  /**
   * Null until the end of the log is known. `messages` is null if that is too long ago to count as the current lag.
   * `oldestAgeMs` is the age of the oldest unsettled message; null if there is none, or none was read yet.
   */
  lag: { messages: number | null; oldestAgeMs: number | null; observedAtMs: number } | null;
}

/** The assigned partitions, and this process as a member of the group. */
export class PartitionMetrics extends MetricGroup {
  readonly lag = new Gauge({
    name: 'kafka_lag',
    help: 'Messages between the settled offset and the end of the log, for each assigned partition; absent while the end of the log is unknown',
    labelNames: ['topic', 'partition'],
    registers: this.registers,
    collect: () => {
      this.lag.reset();
      for (const { topic, partition, lag } of this.#partitions()) {
        if (lag !== null && lag.messages !== null) this.lag.set({ topic, partition }, lag.messages);
      }
    },
  });

  readonly lagSeconds = new Gauge({
    name: 'kafka_lag_seconds',
    help: 'Age of the oldest unsettled message of each assigned partition, by its timestamp; 0 if none waits; absent while it is unknown',
    labelNames: ['topic', 'partition'],
    registers: this.registers,
    collect: () => {
      this.lagSeconds.reset();
      for (const { topic, partition, lag } of this.#partitions()) {
        const ageMs = lag?.oldestAgeMs ?? (lag?.messages === 0 ? 0 : null);
        if (ageMs !== null) this.lagSeconds.set({ topic, partition }, ageMs / 1000);
      }
    },
  });

  readonly lagObserved = new Gauge({
    name: 'kafka_lag_observed_timestamp_seconds',
    help: 'When the end of the log of an assigned partition was last observed, in seconds since 1970',
    labelNames: ['topic', 'partition'],
    registers: this.registers,
    collect: () => {
      this.lagObserved.reset();
      for (const { topic, partition, lag } of this.#partitions()) {
        if (lag !== null) this.lagObserved.set({ topic, partition }, lag.observedAtMs / 1000);
      }
    },
  });

  readonly partitionsHeld = new Gauge({
    name: 'kafka_partitions_held',
    help: '1 for each assigned partition that is held until an operator acts, 0 for the others; /health says why',
    labelNames: ['topic', 'partition'],
    registers: this.registers,
    collect: () => {
      this.partitionsHeld.reset();
      for (const { topic, partition, isHeld } of this.#partitions()) {
        this.partitionsHeld.set({ topic, partition }, isHeld ? 1 : 0);
      }
    },
  });

  readonly openTransaction = new Gauge({
    name: 'kafka_open_transaction_seconds',
    help: 'How long an open transaction has been observed to hold an assigned partition; /health names its producer and what waits. No series if there is none',
    labelNames: ['topic', 'partition'],
    registers: this.registers,
    collect: () => {
      this.openTransaction.reset();
      const open = this.#isMember() ? this.#openTransactions() : [];
      for (const { topic, partition, sinceMs } of open) {
        this.openTransaction.set({ topic, partition }, Math.max(0, Date.now() - sinceMs) / 1000);
      }
    },
  });

  readonly assignedPartitions = new Gauge({
    name: 'assigned_partitions',
    help: 'Partitions that this process reads; 0 while it is not a member of the group',
    registers: this.registers,
    collect: () => {
      this.assignedPartitions.set(this.#partitions().length);
    },
  });

  readonly rebalances = new Counter({
    name: 'rebalances_total',
    help: 'How often the service joined the consumer group, including the first time',
    registers: this.registers,
  });

  readonly throttleSeconds = new Counter({
    name: 'kafka_throttle_seconds_total',
    help: 'Time for which brokers accepted no fetch because this client exceeded its quota',
    registers: this.registers,
  });

  readonly staleCheckpoints = new Counter({
    name: 'stale_checkpoints_total',
    help: 'Partitions whose checkpoint in the warehouse was not at the expected offset',
    registers: this.registers,
  });

  #openTransactions: () => readonly OpenTransaction[] = () => [];
  #readPartitions: () => PartitionReading[] = () => [];
  #isMember: () => boolean = () => true;

  /** Sets the source of the partition gauges, which is read at each scrape. */
  partitionsFrom(read: () => PartitionReading[]): void {
    this.#readPartitions = read;
  }

  /** Sets the source of the group membership. While this process is not a member, others own its partitions. */
  membershipFrom(isMember: () => boolean): void {
    this.#isMember = isMember;
  }

  /** Sets the source of `kafka_open_transaction_seconds`, which is read at each scrape. */
  openTransactionsFrom(openTransactions: () => readonly OpenTransaction[]): void {
    this.#openTransactions = openTransactions;
  }

  #partitions(): PartitionReading[] {
    return this.#isMember() ? this.#readPartitions() : [];
  }
}
