/** Pods that commit under locks, and what comes for them. Times in seconds. */
export interface LockModel {
  pods: number;
  /** What the topic brings, for all pods together, in events a second. */
  eventsPerSecond: number;
  /** How long the warehouse takes for a statement. */
  statementSeconds: number;
  /** BATCH_MAX_EVENTS, and how many events one staging statement carries. */
  maxEvents: number;
  eventsPerBind: number;
  /** Tables of checkpoints, each with a lock of its own; pods are dealt out over them. */
  shards: number;
}

export interface LockOutcome {
  /** What was committed a second, and what was left behind of what came, as a share. */
  eventsPerSecond: number;
  behind: number;
  batchesPerSecond: number;
  /** How full the batches were, on average. */
  eventsPerBatch: number;
  /** The share of its time that a lock is held, and how long a batch waits for it on average. */
  lockUse: number;
  lockWaitSeconds: number;
}

/** The lock is taken by a statement of its own, held through the compare-and-set, and given back by COMMIT. */
const LOCKED_STATEMENTS = 3;

interface Pod {
  lock: Lock;
  /** When it had taken all that had come until then. */
  takenUntil: number;
  /** What it could not take along, the batch being full. */
  left: number;
}

interface Lock {
  freeAt: number;
  heldSeconds: number;
}

/** Something that happens to a pod: it is ready for a batch, or has one staged and asks for its lock. */
interface Step {
  at: number;
  pod: Pod;
  /** What is staged; null where the pod is ready for the next batch. */
  staged: number | null;
}

/** The first part of a run shows how it began. */
const WARM_UP = 0.2;

/** Plays `seconds` of pods that take what has come, stage it, wait for their lock in line, and commit. */
export function simulate(model: LockModel, seconds: number): LockOutcome {
  const { pods, eventsPerSecond, statementSeconds, maxEvents, eventsPerBind, shards } = model;
  const ratePerPod = eventsPerSecond / pods;
  const locks = Array.from({ length: shards }, (): Lock => ({ freeAt: 0, heldSeconds: 0 }));
  const steps = new Steps();
  for (let index = 0; index < pods; index += 1) {
    const lock = locks[index % shards];
    // Pods do not begin at the same moment.
    const at = (index / pods) * statementSeconds;
    if (lock !== undefined) steps.add({ at, pod: { lock, takenUntil: 0, left: 0 }, staged: null });
  }
  const from = seconds * WARM_UP;
  let [events, batches, waited] = [0, 0, 0];
  for (let step = steps.next(); step !== undefined && step.at < seconds; step = steps.next()) {
    const { at, pod, staged } = step;
    if (staged === null) {
      const here = pod.left + (at - pod.takenUntil) * ratePerPod;
      pod.takenUntil = at;
      const taken = Math.min(maxEvents, Math.floor(here));
      pod.left = here - taken;
      const binds = Math.max(1, Math.ceil(taken / eventsPerBind));
      steps.add(
        taken === 0
          ? { at: at + statementSeconds, pod, staged: null }
          : { at: at + (binds + 1) * statementSeconds, pod, staged: taken },
      );
      continue;
    }
    const { lock } = pod;
    const heldFrom = Math.max(at, lock.freeAt);
    const heldSeconds = LOCKED_STATEMENTS * statementSeconds;
    lock.freeAt = heldFrom + heldSeconds;
    steps.add({ at: lock.freeAt, pod, staged: null });
    if (heldFrom < from || lock.freeAt > seconds) continue;
    lock.heldSeconds += heldSeconds;
    events += staged;
    batches += 1;
    waited += heldFrom - at;
  }
  const measured = seconds - from;
  return {
    eventsPerSecond: events / measured,
    behind: Math.max(0, 1 - events / measured / eventsPerSecond),
    batchesPerSecond: batches / measured,
    eventsPerBatch: events / Math.max(1, batches),
    lockUse: locks.reduce((sum, lock) => sum + lock.heldSeconds, 0) / shards / measured,
    lockWaitSeconds: waited / Math.max(1, batches),
  };
}

/** What comes next, by its time. */
class Steps {
  readonly #steps: Step[] = [];

  add(step: Step): void {
    let index = this.#steps.length;
    while (index > 0 && (this.#steps[index - 1]?.at ?? -Infinity) < step.at) index -= 1;
    // The next one stands last.
    this.#steps.splice(index, 0, step);
  }

  next(): Step | undefined {
    return this.#steps.pop();
  }
}
