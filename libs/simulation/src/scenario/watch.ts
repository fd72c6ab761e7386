import { theWorld } from '../time/world.js';
import { finalFault } from '../checks/final-check.js';
import { isRemaking } from './plan.js';
import type { Pod } from './pod.js';
import type { Scene } from './scene.js';

const EVERY_MS = 2_000;
/** LIVE_MAX_SILENCE_MS. */
const MAX_SILENCE_MS = 90_000;
const WRITER_STUCK_MS = 600_000;
/** A consumer without a group must send a JoinGroup within this time. */
const LONGEST_GHOST_MS = 180_000;

/** Watches the pods as Kubernetes and an operator do, and notices what neither of them could. */
export class Watch {
  constructor(private readonly scene: Scene) {}

  start(): void {
    theWorld().after(
      EVERY_MS,
      () => {
        this.#look();
      },
      null,
    );
  }

  #look(): void {
    for (const pod of [...this.scene.fleet.pods]) this.#lookAt(pod);
    this.#lookAtTables();
    this.start();
  }

  #lookAt(pod: Pod): void {
    const { failure, blocked, heldDeadLetters, writerBusyMs } = pod.pipeline.status();
    // One that waits for its channels continues by itself.
    const held = blocked.find(({ class: kind }) => kind === 'setup');
    if (failure !== null) theWorld().fail(`${pod.name} has failed: ${failure}`);
    if (held !== undefined && this.scene.topics.length === 1 && this.scene.warehouse.lost === null)
      theWorld().fail(`${pod.name} holds a partition: ${JSON.stringify(held)}`);
    if (pod.isFrozen || pod.isDraining) {
      pod.ghostSince = null;
      return;
    }
    if (heldDeadLetters !== null) theWorld().as(pod, () => pod.pipeline.liftDeadLetterLimit());
    const { silentMs } = pod.source.status();
    if (silentMs > MAX_SILENCE_MS || writerBusyMs > WRITER_STUCK_MS) {
      this.scene.note('liveness');
      this.scene.fleet.restart(pod, 'its liveness fails');
    } else this.#lookForGhost(pod);
  }

  /** What Snowpipe Streaming writes is not checked in a COMMIT: its ledger must never say more than the tables have. */
  #lookAtTables(): void {
    const { plan } = this.scene;
    if (plan.warehouse !== 'streaming' || isRemaking(plan)) return;
    const fault = finalFault(this.scene);
    if (fault !== null) theWorld().fail(fault);
  }

  /** Finds a pod outside the group that would never come back, and that no probe shows. */
  #lookForGhost(pod: Pod): void {
    const { now } = theWorld();
    if (this.scene.cluster.group.hasMember(pod)) {
      pod.ghostSince = null;
      return;
    }
    pod.ghostSince ??= now;
    // A pod that still asks to join is no ghost: its requests may get lost repeatedly.
    const idleSince = Math.max(pod.ghostSince, this.scene.cluster.joinRequestedAt.get(pod) ?? 0);
    if (now - idleSince <= LONGEST_GHOST_MS) return;
    const why = `${pod.name} is no member of the group, has not asked to join for ${LONGEST_GHOST_MS / 1000} s, and lives`;
    if (!this.scene.plan.tolerated.has('ghost-consumer')) theWorld().fail(why);
    this.scene.note('ghost-consumer');
    this.scene.fleet.restart(pod, why);
  }
}
