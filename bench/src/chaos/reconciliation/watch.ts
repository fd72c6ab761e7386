import { setTimeout as sleep } from 'node:timers/promises';
import { GROUP, TOPIC, type World } from '../world/world.js';

const PERIOD_MS = 1_000;

/** Looks again and again at what must hold at any moment of a run, not only at its end. */
export class Watch {
  /** What was not as promised, a sentence each. */
  readonly problems = new Set<string>();
  /** How often offsets could be compared. */
  comparisons = 0;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(private readonly world: World) {}

  start(): void {
    const looks = [() => this.#lookAtLiveness()];
    if (this.world.warehouse.isShared) looks.push(() => this.compareOffsets());
    this.#running = Promise.all(looks.map((look) => this.#again(look)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** No offset is committed to Kafka before its rows are committed to the warehouse. */
  async compareOffsets(): Promise<void> {
    const { admin, warehouse } = this.world;
    try {
      // In this order: checkpoints only ever grow.
      const [group] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] });
      const checkpoints = await warehouse.checkpoints();
      const held = new Map(checkpoints.map(({ partition, nextOffset }) => [partition, nextOffset]));
      for (const { partition, offset } of group?.partitions ?? []) {
        if (Number(offset) <= (held.get(partition) ?? 0)) continue;
        this.problems.add(
          `Offset ${offset} of partition ${partition} was committed to Kafka, and its checkpoint was ` +
            `${held.get(partition) ?? 'not there'}.`,
        );
      }
      this.comparisons += 1;
    } catch {
      // The broker is away, or the warehouse has no tables yet.
    }
  }

  /** Nothing that passes by itself may get a process killed by its supervisor. */
  async #lookAtLiveness(): Promise<void> {
    for (const ingester of this.world.fleet.running.filter(({ isFrozen }) => !isFrozen)) {
      const answer = await ingester.notAlive();
      if (answer !== null) this.problems.add(`A liveness probe failed: ${answer}`);
    }
  }

  async #again(look: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await look();
      await sleep(PERIOD_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
