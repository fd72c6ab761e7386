import type { OnApplicationShutdown } from '@nestjs/common';
import type { Consumer, Kafka } from 'kafkajs';
import {
  asError,
  Backoff,
  pause as wait,
  type CommittedPosition,
  type EventSource,
  type EventSourceListener,
  type Fault,
  type LogBounds,
  type PipelineObserver,
  type Position,
  type TopicPartition,
  type TransactionProducer,
} from '#pipeline';
import { byTopic, OffsetQueries } from '../admin/offset-queries.js';
import { clockSetBack, membershipLost } from './consumer-faults.js';
import { GroupMembership, type ConsumerStatus } from './group-membership.js';
import { kafkaFault } from './kafka-fault.js';
import { onThrottled } from './throttling.js';
import { WallClock } from './wall-clock.js';

/**
 * How far the system clock may be set back between two heartbeats. kafkajs schedules heartbeats by that clock, so the
 * next one is late by the same amount; the shortest session time-out is six seconds.
 */
const MAX_SET_BACK_MS = 2_000;

/** About how long kafkajs retries a failed fetch before it reports the error. */
const FETCH_RETRIES_MS = 60_000;

/**
 * Implements the pipeline's port with Kafka. The transport attaches its consumer when it starts; the listener is told
 * of assignments and failed fetches.
 */
export class KafkaEventSource implements EventSource, OnApplicationShutdown {
  readonly #offsets: OffsetQueries;
  readonly #membership: GroupMembership;
  #consumer: Consumer | null = null;
  #listener: EventSourceListener | null = null;
  readonly #detached = new AbortController();
  readonly #clock = new WallClock();
  /** Whether the consumer has crashed or is being stopped, and a restart is pending. Prevents a second one. */
  #isStopped = false;
  readonly #unsubscribe: () => void;
  /** The backoff between restarts of the consumer. */
  #restarts = new Backoff();

  constructor(
    kafka: Kafka,
    groupId: string,
    private readonly observer: PipelineObserver,
    sessionTimeoutMs: number,
  ) {
    this.#offsets = new OffsetQueries(kafka, groupId);
    this.#membership = new GroupMembership(sessionTimeoutMs);
    this.#unsubscribe = onThrottled((ms) => {
      observer.throttled(ms);
    });
  }

  listen(listener: EventSourceListener): void {
    this.#listener = listener;
  }

  /**
   * Takes over the transport's consumer: connects and runs it, now and after each crash. Retries until a broker is
   * available. Resolves when the consumer runs, or when the transport closes.
   */
  async attach(consumer: Consumer, run: () => Promise<void>): Promise<void> {
    this.#consumer = consumer;
    const membership = this.#membership;
    membership.active();
    const { events } = consumer;
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      membership.joined();
      this.#listener?.assigned(partitionsOf(payload.memberAssignment));
    });
    consumer.on(events.FETCH_START, ({ payload }) => {
      if (membership.fetchStarted(payload.nodeId)) this.#listener?.interrupted();
      const setBackMs = this.#clock.setBackMs();
      if (setBackMs > MAX_SET_BACK_MS) void this.#restart(clockSetBack(setBackMs), run);
      else if (membership.isLost(payload.nodeId, FETCH_RETRIES_MS)) void this.#restart(this.#lost(), run);
    });
    consumer.on(events.HEARTBEAT, () => {
      this.#clock.mark();
      this.#heartbeatAcknowledged();
    });
    consumer.on(events.FETCH, ({ payload }) => {
      membership.responded();
      if (membership.isLost(payload.nodeId, 0)) void this.#restart(this.#lost(), run);
      membership.fetched(payload.nodeId);
    });
    consumer.on(events.REBALANCING, () => {
      membership.left();
    });
    consumer.on(events.CRASH, ({ payload }) => {
      void this.#crashed(payload.error, run);
    });
    for (const event of [
      events.CONNECT,
      events.END_BATCH_PROCESS,
      events.REBALANCING,
      // Counts as activity: the consumer is alive even if a broker never responds.
      events.REQUEST_TIMEOUT,
    ] as const) {
      consumer.on(event, () => {
        membership.active();
      });
    }
    await this.#begin(run);
  }

  /** Ends all restarts. Called when the transport closes. */
  detach(): void {
    this.#detached.abort();
    this.#membership.left();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#offsets.close();
  }

  status(): ConsumerStatus {
    return this.#membership.status();
  }

  pause(partitions: TopicPartition[]): void {
    this.#steer((consumer) => {
      consumer.pause(byTopic(partitions));
    });
  }

  resume(partitions: TopicPartition[]): void {
    this.#steer((consumer) => {
      consumer.resume(byTopic(partitions));
    });
  }

  seek({ topic, partition, offset }: Position): void {
    this.#steer((consumer) => {
      consumer.seek({ topic, partition, offset: String(offset) });
    });
  }

  bounds(partitions: TopicPartition[]): Promise<LogBounds[]> {
    return this.#offsets.bounds(partitions);
  }

  producerOf(position: Position): Promise<TransactionProducer | null> {
    return this.#offsets.producerOf(position);
  }

  committed(partitions: TopicPartition[]): Promise<CommittedPosition[]> {
    return this.#offsets.committed(partitions);
  }

  async commit(positions: CommittedPosition[]): Promise<void> {
    await this.#consumer?.commitOffsets(
      positions.map((position) => ({ ...position, offset: String(position.offset) })),
    );
  }

  /**
   * Ignores kafkajs's refusal between a crash and the restart, when it has no group: nothing is fetched then, and the
   * listener sets all positions after the next join.
   */
  #steer(change: (consumer: Consumer) => void): void {
    if (this.#consumer === null) return;
    try {
      change(this.#consumer);
    } catch (error) {
      if (!isWithoutGroup(error)) throw error;
    }
  }

  #heartbeatAcknowledged(): void {
    const faultMs = this.#membership.heartbeatAcknowledged();
    if (this.#membership.isHealthy) this.#restarts = new Backoff();
    if (faultMs !== null) this.observer.recovered('kafka', faultMs);
  }

  #lost(): Fault {
    return membershipLost(this.#membership.heartbeatAgeMs);
  }

  /** Restarts a running consumer, which then uses the new time and new connections. */
  async #restart(fault: Fault, run: () => Promise<void>): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#membership.left();
    try {
      await this.#consumer?.disconnect();
    } catch {
      // kafkajs logs the error, and the restarted consumer reports it if it persists.
    }
    await this.#beginAfterBackoff(fault, run);
  }

  /** kafkajs itself never restarts the consumer, see BatchServerKafka. */
  async #crashed(error: Error, run: () => Promise<void>): Promise<void> {
    // A consumer that crashes while it stops is restarted anyway.
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#beginAfterBackoff(kafkaFault(error, 'the consumer'), run);
  }

  async #beginAfterBackoff(fault: Fault, run: () => Promise<void>): Promise<void> {
    this.#membership.failed(fault);
    const waitMs = this.#restarts.next(fault.class);
    this.observer.faulted('kafka', fault, this.#restarts.tries, waitMs);
    await wait(waitMs, this.#detached.signal);
    await this.#begin(run);
  }

  async #begin(run: () => Promise<void>): Promise<void> {
    if (this.#detached.signal.aborted) return;
    this.#isStopped = false;
    this.#clock.mark();
    try {
      await this.#consumer?.connect();
      await run();
    } catch (error) {
      await this.#crashed(asError(error), run);
    }
  }
}

function partitionsOf(assignment: Record<string, number[]>): TopicPartition[] {
  return Object.entries(assignment).flatMap(([topic, numbers]) =>
    numbers.map((partition) => ({ topic, partition })),
  );
}

/** Compares the message, because kafkajs has neither a class nor a code for this error. */
function isWithoutGroup(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Consumer group was not initialized');
}
