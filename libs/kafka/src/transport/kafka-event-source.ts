import {
  asError,
  FaultError,
  Backoff,
  partitionName,
  pause as wait,
  type EventSource,
  type EventSourceListener,
  type Fault,
  type LogBounds,
  type PipelineObserver,
  type CommittedPosition,
  type Position,
  type TopicPartition,
  type TransactionProducer,
} from '#pipeline';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Consumer, ConsumerGroupJoinEvent, Kafka } from 'kafkajs';
import { clockSetBack, membershipLost, noPartition } from './consumer-faults.js';
import { kafkaFault } from './kafka-fault.js';
import { onThrottled } from './throttling.js';
import { TopicLogs } from '../admin/topic-logs.js';
import { WallClock } from './wall-clock.js';

/** A consumer that kept its membership for this long was healthy: the backoff of the next crash starts anew. */
const HEALTHY_MS = 60_000;

/**
 * How far back the time of day may be set between two heartbeats. By it kafkajs reckons when the next one is due: it
 * comes later by as much, and the group forgets a member after six seconds at the soonest.
 */
const MOST_SET_BACK_MS = 2_000;

/** kafkajs tries a failed fetch again for about as long before it says why. */
const LONGEST_TRIES_MS = 60_000;

/** How the consumer is, as health answers need it. */
export interface ConsumerStatus {
  /**
   * This process is a member of the group: it joined, and neither crashed nor left to rejoin since, and the group has
   * heard of it within the session time-out. After that the group has given its partitions to others.
   */
  isJoined: boolean;
  /** Since Kafka last answered the joined consumer: a fetch, a heartbeat, a join. 0 while it is not joined. */
  unansweredMs: number;
  /**
   * Since the consumer last did anything at all: fetch, heartbeat, join, crash, restart, or give up waiting for a broker.
   * 0 before it starts. Milliseconds.
   */
  silentMs: number;
  /** Why the consumer does not run now, and since when. */
  fault: { fault: Fault; ageMs: number } | null;
}

/**
 * Kafka behind the pipeline's port. The consumer comes from the transport, which attaches it when it starts;
 * what the group's protocol tells is handed on to the listener.
 */
export class KafkaEventSource implements EventSource, OnApplicationShutdown {
  readonly #logs: TopicLogs;
  #adminConnected: Promise<void> | null = null;
  #consumer: Consumer | null = null;
  #listener: EventSourceListener | null = null;
  /** The brokers that a fetch is under way to, and since when. */
  readonly #fetching = new Map<number, number>();
  readonly #detached = new AbortController();
  readonly #clock = new WallClock();
  #isJoined = false;
  /** The consumer has crashed or is being stopped, and will be started again. There is never more than one of it. */
  #isStopped = false;
  #joinedAt = 0;
  #heartbeatAt = 0;
  #answeredAt = 0;
  #aliveAt: number | null = null;
  #fault: { fault: Fault; since: number } | null = null;
  readonly #unsubscribe: () => void;
  /** The backoff between two starts of the consumer. */
  #restarts = new Backoff();

  constructor(
    kafka: Kafka,
    private readonly groupId: string,
    private readonly observer: PipelineObserver,
    private readonly sessionTimeoutMs: number,
  ) {
    this.#logs = new TopicLogs(kafka);
    this.#unsubscribe = onThrottled((ms) => {
      observer.throttled(ms);
    });
  }

  listen(listener: EventSourceListener): void {
    this.#listener = listener;
  }

  /**
   * Takes over the transport's consumer: connects and runs it, now and after each crash. Resolves once it runs, or is
   * not to any more: a broker that is away is waited for.
   */
  async attach(consumer: Consumer, run: () => Promise<void>): Promise<void> {
    this.#consumer = consumer;
    this.#alive();
    const { events } = consumer;
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#joined(payload);
    });
    consumer.on(events.FETCH_START, ({ payload }) => {
      this.#fetchStarted(payload.nodeId);
      const setBackMs = this.#clock.setBackMs();
      if (setBackMs > MOST_SET_BACK_MS) void this.#startAnew(clockSetBack(setBackMs), run);
      else if (this.#isLost(payload.nodeId, LONGEST_TRIES_MS)) void this.#startAnew(this.#lost(), run);
    });
    consumer.on(events.HEARTBEAT, () => {
      this.#clock.mark();
      this.#heartbeatAnswered();
    });
    consumer.on(events.FETCH, ({ payload }) => {
      this.#answered();
      if (this.#isLost(payload.nodeId, 0)) void this.#startAnew(this.#lost(), run);
      this.#fetching.delete(payload.nodeId);
    });
    consumer.on(events.REBALANCING, () => {
      this.#isJoined = false;
    });
    consumer.on(events.CRASH, ({ payload }) => {
      void this.#crashed(payload.error, run);
    });
    for (const event of [
      events.CONNECT,
      events.END_BATCH_PROCESS,
      events.REBALANCING,
      // A broker that takes connections and answers nothing is no fault of the consumer.
      events.REQUEST_TIMEOUT,
    ] as const) {
      consumer.on(event, () => {
        this.#alive();
      });
    }
    await this.#begin(run);
  }

  /** No restart from now on: the transport closes. */
  detach(): void {
    this.#detached.abort();
    this.#isJoined = false;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#adminConnected?.then(() => this.#logs.admin.disconnect()).catch(() => undefined);
  }

  status(): ConsumerStatus {
    const now = performance.now();
    return {
      isJoined: this.#isJoined && now - this.#heartbeatAt < this.sessionTimeoutMs,
      unansweredMs: this.#isJoined ? now - this.#answeredAt : 0,
      silentMs: this.#aliveAt === null ? 0 : now - this.#aliveAt,
      fault: this.#fault && { fault: this.#fault.fault, ageMs: now - this.#fault.since },
    };
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

  async bounds(partitions: TopicPartition[]): Promise<LogBounds[]> {
    const bounds: LogBounds[] = [];
    for (const { topic, partitions: numbers } of byTopic(partitions)) {
      const ends = await this.#ask(`reading the log's ends of ${topic}`, (logs) => logs.bounds(topic));
      const found = new Map(ends.map((each) => [each.partition, each]));
      for (const partition of numbers) {
        const at = found.get(partition);
        if (at === undefined) throw new FaultError(noPartition({ topic, partition }));
        bounds.push({ topic, ...at });
      }
    }
    return bounds;
  }

  async producerOf({ topic, partition, offset }: Position): Promise<TransactionProducer | null> {
    const open = await this.#ask(`reading the transactions of ${topic}`, (logs) =>
      logs.openTransactions(topic, partition),
    );
    const found = open.find(({ firstOffset }) => firstOffset === offset);
    return found === undefined ? null : { producerId: found.producerId, lastWriteMs: found.lastWriteMs };
  }

  async committed(partitions: TopicPartition[]): Promise<CommittedPosition[]> {
    const topics = byTopic(partitions).map(({ topic }) => topic);
    const wanted = new Set(partitions.map(partitionName));
    const offsets = await this.#ask(`reading the offsets of group ${this.groupId}`, ({ admin }) =>
      admin.fetchOffsets({ groupId: this.groupId, topics }),
    );
    return offsets
      .flatMap(({ topic, partitions: found }) =>
        found.map(({ partition, offset, metadata }) => ({
          topic,
          partition,
          offset: Number(offset),
          metadata: metadata ?? '',
        })),
      )
      .filter((position) => position.offset >= 0 && wanted.has(partitionName(position)));
  }

  async commit(positions: CommittedPosition[]): Promise<void> {
    await this.#consumer?.commitOffsets(
      positions.map((position) => ({ ...position, offset: String(position.offset) })),
    );
  }

  /**
   * Between a crash and its restart kafkajs has no group, and refuses. Nothing is read then, and the join that follows
   * places every partition anew.
   */
  #steer(change: (consumer: Consumer) => void): void {
    if (this.#consumer === null) return;
    try {
      change(this.#consumer);
    } catch (error) {
      if (!isWithoutGroup(error)) throw error;
    }
  }

  #joined({ memberAssignment }: ConsumerGroupJoinEvent['payload']): void {
    this.#answered();
    this.#isJoined = true;
    this.#joinedAt = performance.now();
    this.#heartbeatAt = this.#joinedAt;
    this.#fetching.clear();
    const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    this.#listener?.assigned(partitions);
  }

  /**
   * kafkajs sends a heartbeat after a fetch that succeeded, so that one that is answered ends a fault. A join does not:
   * a deleted topic or a revoked privilege lets the group be joined, and fails the first fetch.
   */
  #heartbeatAnswered(): void {
    this.#answered();
    this.#heartbeatAt = performance.now();
    if (!this.#isJoined) return;
    if (this.#heartbeatAt - this.#joinedAt > HEALTHY_MS) this.#restarts = new Backoff();
    if (this.#fault === null) return;
    this.observer.recovered('kafka', this.#heartbeatAt - this.#fault.since);
    this.#fault = null;
  }

  /** kafkajs tells that a fetch began and that it ended, but not that it failed and is tried again. */
  #fetchStarted(broker: number): void {
    this.#alive();
    if (this.#fetching.has(broker)) this.#listener?.interrupted();
    this.#fetching.set(broker, performance.now());
  }

  /**
   * The group has forgotten this member, and kafkajs does not notice. It heartbeats between two fetches: one that began
   * after the session time-out, and is answered, shows that the heartbeat failed while Kafka can be reached. One that is
   * not answered may be the fault itself, and gets time to be told as such.
   */
  #isLost(broker: number, graceMs: number): boolean {
    const startedAt = this.#fetching.get(broker);
    if (!this.#isJoined || startedAt === undefined) return false;
    return startedAt - this.#heartbeatAt > this.sessionTimeoutMs + graceMs;
  }

  #lost(): Fault {
    return membershipLost(performance.now() - this.#heartbeatAt);
  }

  /**
   * A consumer that runs anew goes by the new time, and has new connections; the one that runs would let the group
   * forget it.
   */
  async #startAnew(fault: Fault, run: () => Promise<void>): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#isJoined = false;
    try {
      await this.#consumer?.disconnect();
    } catch {
      // kafkajs logs it; the consumer that begins has its say.
    }
    await this.#restart(fault, run);
  }

  /** The consumer is configured so that kafkajs never restarts it, see BatchServerKafka. */
  async #crashed(error: Error, run: () => Promise<void>): Promise<void> {
    // One that crashes while it is stopped is about to be started again.
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#restart(kafkaFault(error, 'the consumer'), run);
  }

  async #restart(fault: Fault, run: () => Promise<void>): Promise<void> {
    this.#alive();
    const now = performance.now();
    this.#isJoined = false;
    this.#fault = { fault, since: this.#fault?.since ?? now };
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

  #alive(): void {
    this.#aliveAt = performance.now();
  }

  #answered(): void {
    this.#alive();
    this.#answeredAt = performance.now();
  }

  async #ask<Answer>(doing: string, question: (logs: TopicLogs) => Promise<Answer>): Promise<Answer> {
    try {
      this.#adminConnected ??= this.#logs.admin.connect();
      await this.#adminConnected;
      return await question(this.#logs);
    } catch (error) {
      this.#adminConnected = null;
      throw new FaultError(kafkaFault(error, doing));
    }
  }
}

function byTopic(partitions: TopicPartition[]): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return [...topics].map(([topic, numbers]) => ({ topic, partitions: numbers }));
}

/** kafkajs has no class and no code of its own for it. */
function isWithoutGroup(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Consumer group was not initialized');
}
