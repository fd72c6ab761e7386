import { partitionName } from '#pipeline';
import { NODES } from '../kafka/cluster.js';
import { createWorld, type Line, type World } from '../time/world.js';
import { realNow } from '../time/take-control.js';
import { CommitCheck } from '../checks/commit-check.js';
import { finalFault, unsettled } from '../checks/final-check.js';
import { RemadeCheck } from '../checks/remade-check.js';
import { FAIR } from '../warehouse/conditions.js';
import { strike } from './strikes.js';
import { isRemaking, type Plan } from './plan.js';
import { Producer } from './producer.js';
import { Scene } from './scene.js';
import { Watch } from './watch.js';

/** The result of a run. */
export interface RunResult {
  plan: Plan;
  /** The first broken promise; null if all were kept. */
  violation: string | null;
  /** The hash of the story: equal for the same plan and the same product. */
  digest: string;
  simulatedMs: number;
  realMs: number;
  events: number;
  faults: number;
  messages: number;
  batches: number;
  generations: number;
  /** How often tolerated faults and restarts were seen. */
  seen: ReadonlyMap<string, number>;
}

/** Something must move within this time once all faults are over. */
const LONGEST_STILL_MS = 240_000;
const LOOK_MS = 1_000;
const FIRST_PODS_MS = 3_000;

/** Runs a plan to its end, or to the first broken promise. */
export async function simulate(plan: Plan, onLine: Line | null = null): Promise<RunResult> {
  const startedAt = realNow();
  const world = createWorld(plan.seed, onLine);
  const scene = new Scene(plan);
  const producer = new Producer(scene);
  watchPromises(world, scene);
  await world.runUntil(scene.warehouse.begin());
  begin(world, scene, producer);
  await world.run(world.now + plan.chaosMs);
  if (!world.isBroken && !isRemaking(plan)) {
    heal(world, scene, producer);
    const fault = (await settle(world, scene)) ?? finalFault(scene);
    if (fault !== null) world.fail(fault);
  }
  // Keeps this run from affecting the next.
  for (const pod of scene.fleet.pods) pod.isDead = true;
  return {
    plan,
    violation: world.violation,
    digest: world.digest(),
    simulatedMs: world.now,
    realMs: realNow() - startedAt,
    events: world.events,
    faults: scene.faults,
    messages: producer.sent,
    batches: scene.warehouse.commits,
    generations: scene.cluster.group.generation,
    seen: scene.seen,
  };
}

function watchPromises(world: World, scene: Scene): void {
  const { warehouse, cluster, plan } = scene;
  const commits = isRemaking(plan) ? new RemadeCheck(scene) : new CommitCheck(scene);
  warehouse.onCommit = (batch) => {
    commits.check(batch);
  };
  if (isRemaking(plan)) return;
  cluster.group.offsets.onCommit = (at, offset) => {
    const checkpoint = warehouse.checkpoints.get(partitionName(at));
    if (checkpoint !== undefined && offset <= checkpoint.nextOffset) return;
    // A commit that was under way when the warehouse was lost.
    if (offset <= (warehouse.lost?.get(partitionName(at))?.nextOffset ?? 0)) return;
    const known = checkpoint === undefined ? 'missing' : `${checkpoint.nextOffset}`;
    world.fail(
      `${partitionName(at)}: offset ${offset} is committed to Kafka, and the checkpoint is ${known}`,
    );
  };
}

function begin(world: World, scene: Scene, producer: Producer): void {
  const { plan } = scene;
  for (let pod = 0; pod < plan.settings.pods; pod += 1) {
    world.after(
      world.random.next() * FIRST_PODS_MS,
      () => {
        scene.fleet.fill();
      },
      null,
    );
  }
  producer.start();
  new Watch(scene).start();
  for (const fault of plan.faults)
    world.after(
      fault.atMs,
      () => {
        strike(scene, fault);
      },
      null,
    );
}

/** Ends all faults. */
function heal(world: World, scene: Scene, producer: Producer): void {
  const { cluster, fleet, warehouse } = scene;
  world.tell('all faults are over');
  for (const node of NODES) cluster.up.add(node);
  Object.assign(cluster, { slowMs: 0, throttleMs: 0, produceFault: null });
  Object.assign(warehouse.conditions, FAIR);
  producer.stop();
  for (const connection of [...cluster.connections]) if (connection.isBlackHole) connection.close();
  for (const pod of fleet.pods) if (pod.isFrozen) world.thaw(pod);
  if (warehouse.lost !== null) scene.readFromStart();
  fleet.fill();
}

/** Runs until everything is settled. If nothing moves any more, returns what is stuck. */
async function settle(world: World, scene: Scene): Promise<string | null> {
  let movedAt = world.now;
  let before = '';
  for (;;) {
    const open = unsettled(scene).join('; ');
    if (open === '' || world.isBroken) return null;
    if (open !== before) movedAt = world.now;
    before = open;
    if (world.now - movedAt > LONGEST_STILL_MS)
      return `nothing moves for ${LONGEST_STILL_MS / 1000} s: ${open}`;
    await world.run(world.now + LOOK_MS);
  }
}
