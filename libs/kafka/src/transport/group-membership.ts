import type { Fault } from '#pipeline';

/** After this long a member was healthy: the backoff of its next crash starts anew. */
const HEALTHY_MS = 60_000;

/** A topic can be deleted, recreated and filled in no less time. */
const RECREATION_MS = 1_000;

/** State of the consumer, for health checks. */
export interface ConsumerStatus {
  /**
   * This process is a member of the group: it joined, has neither crashed nor left to rejoin since, and the group
   * acknowledged a heartbeat within the session time-out. After that the group gives its partitions to others.
   */
  isJoined: boolean;
  /** Since Kafka last responded to the joined consumer: a fetch, a heartbeat, a join. 0 while it is not joined. */
  unansweredMs: number;
  /**
   * Since the consumer last did anything at all: fetch, heartbeat, join, crash, restart, or give up waiting for a broker.
   * 0 before it starts. Milliseconds.
   */
  silentMs: number;
  /** Why the consumer does not run now, and since when. */
  fault: { fault: Fault; ageMs: number } | null;
}

/** Tracks whether this process is a live member of its consumer group, from the events of its consumer. */
export class GroupMembership {
  /** The brokers that a fetch is under way to, and since when. */
  readonly #fetching = new Map<number, number>();
  /** The brokers that responded to a fetch, and when. */
  readonly #fetchedAt = new Map<number, number>();
  #isJoined = false;
  #joinedAt = 0;
  #heartbeatAt = 0;
  #respondedAt = 0;
  #activeAt: number | null = null;
  #fault: { fault: Fault; since: number } | null = null;

  constructor(private readonly sessionTimeoutMs: number) {}

  status(): ConsumerStatus {
    const now = performance.now();
    return {
      isJoined: this.#isJoined && now - this.#heartbeatAt < this.sessionTimeoutMs,
      unansweredMs: this.#isJoined ? now - this.#respondedAt : 0,
      silentMs: this.#activeAt === null ? 0 : now - this.#activeAt,
      fault: this.#fault && { fault: this.#fault.fault, ageMs: now - this.#fault.since },
    };
  }

  get isHealthy(): boolean {
    return this.#isJoined && this.#heartbeatAt - this.#joinedAt > HEALTHY_MS;
  }

  get heartbeatAgeMs(): number {
    return performance.now() - this.#heartbeatAt;
  }

  active(): void {
    this.#activeAt = performance.now();
  }

  responded(): void {
    this.active();
    this.#respondedAt = performance.now();
  }

  joined(): void {
    this.responded();
    this.#isJoined = true;
    this.#joinedAt = performance.now();
    this.#heartbeatAt = this.#joinedAt;
    this.#fetching.clear();
    this.#fetchedAt.clear();
  }

  left(): void {
    this.#isJoined = false;
  }

  failed(fault: Fault): void {
    this.active();
    this.left();
    this.#fault = { fault, since: this.#fault?.since ?? performance.now() };
  }

  /**
   * Returns how long the fault lasted that this ends, or null. kafkajs sends a heartbeat after a successful fetch. A join
   * ends no fault: with a deleted topic or a revoked privilege the join succeeds, and the first fetch fails.
   */
  heartbeatAcknowledged(): number | null {
    this.responded();
    this.#heartbeatAt = performance.now();
    if (!this.#isJoined || this.#fault === null) return null;
    const { since } = this.#fault;
    this.#fault = null;
    return this.#heartbeatAt - since;
  }

  /**
   * Returns whether the topic may have been recreated since the fetch before: that one failed, or nothing was fetched for
   * long, since its records waited for room or this process stood still. kafkajs reports that a fetch began and ended, but
   * not that it failed.
   */
  fetchStarted(broker: number): boolean {
    this.active();
    const now = performance.now();
    const hasFailed = this.#fetching.has(broker);
    this.#fetching.set(broker, now);
    return hasFailed || now - (this.#fetchedAt.get(broker) ?? now) > RECREATION_MS;
  }

  fetched(broker: number): void {
    this.#fetching.delete(broker);
    this.#fetchedAt.set(broker, performance.now());
  }

  /**
   * Whether the group has removed this member, which kafkajs does not notice. kafkajs sends heartbeats between fetches: a
   * fetch that began after the session time-out and succeeds shows that only the heartbeat failed. A fetch without a
   * response may be the fault itself, and gets `graceMs` to be reported as such.
   */
  isLost(broker: number, graceMs: number): boolean {
    const startedAt = this.#fetching.get(broker);
    if (!this.#isJoined || startedAt === undefined) return false;
    return startedAt - this.#heartbeatAt > this.sessionTimeoutMs + graceMs;
  }
}
