import type { Fault } from '#pipeline';

/** A member that lasts this long counts as healthy, which resets the restart backoff. */
const HEALTHY_MS = 60_000;

/** The least time in which a topic can be deleted, recreated and filled. */
const RECREATION_MS = 1_000;

/** The consumer's state, for health checks. */
export interface ConsumerStatus {
  /**
   * Whether this process is a member of the group: it joined, has neither crashed nor left to rejoin since, and the
   * group acknowledged a heartbeat within the session time-out, after which the group gives the partitions to others.
   */
  isJoined: boolean;
  /** The time since Kafka last responded to the joined consumer (fetch, heartbeat, join). 0 while it is not joined. */
  unansweredMs: number;
  /**
   * The time since the consumer last did anything: fetch, heartbeat, join, crash, restart, or time out waiting for a
   * broker. 0 before it starts.
   */
  silentMs: number;
  /** Why the consumer does not run, and for how long. */
  fault: { fault: Fault; ageMs: number } | null;
}

/** Tracks, from the consumer's events, whether this process is a live member of its consumer group. */
export class GroupMembership {
  /** When the current fetch from each broker began. */
  readonly #fetching = new Map<number, number>();
  /** When each broker last responded to a fetch. */
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
   * Returns how long the fault lasted that this heartbeat ends, or null. kafkajs sends a heartbeat after a successful
   * fetch. A join does not end a fault: if the topic was deleted or a privilege revoked, joining still succeeds and the
   * first fetch fails.
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
   * Returns whether the topic may have been recreated since the previous fetch: either that one failed, or it was long
   * ago because its records waited for room or this process was suspended. kafkajs reports that a fetch began and
   * succeeded, but not that it failed.
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
   * Whether the group has removed this member without kafkajs noticing. kafkajs sends heartbeats between fetches: if a
   * fetch that began after the session time-out succeeds, only heartbeats fail. A fetch without a response may itself
   * be the fault; `graceMs` gives kafkajs time to report it.
   */
  isLost(broker: number, graceMs: number): boolean {
    const startedAt = this.#fetching.get(broker);
    if (!this.#isJoined || startedAt === undefined) return false;
    return startedAt - this.#heartbeatAt > this.sessionTimeoutMs + graceMs;
  }
}
