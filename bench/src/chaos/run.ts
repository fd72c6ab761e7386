import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, groupOffsets, logEnds } from '#testing';
import { collectBooks } from './reconciliation/collect.js';
import type { FleetFigures } from './world/fleet.js';
import { LedgerProducer } from './reconciliation/ledger-producer.js';
import { longestPause, type Pause } from './reconciliation/pauses.js';
import { faultText, makePlan, type PlannedFault, type PlanOptions } from './plan.js';
import { strike } from './strike.js';
import { reconcile, type Reconciliation } from './reconciliation/reconciliation.js';
import { Watch } from './reconciliation/watch.js';
import { GROUP, TOPIC, World } from './world/world.js';

export interface ChaosOptions extends PlanOptions {
  partitions: number;
  /** Messages a second. */
  rate: number;
  /** Made anew for the run; the logs of the ingesters are left in it. */
  folder: string;
  /** Takes a line about what happens, and when: milliseconds since the first message. */
  tell: (line: string, atMs: number) => void;
}

export interface ChaosResult extends Reconciliation {
  faults: number;
  /** From the first message to the moment at which everything was stored. */
  seconds: number;
  fleet: FleetFigures;
  /** How often committed offsets and checkpoints could be compared during the run. */
  comparisons: number;
  longestPause: Pause | null;
}

const START_MS = 120_000;
/** How long the service has to catch up once every fault is lifted. */
const CATCH_UP_MS = 120_000;

/**
 * Runs the plan of a seed against the built service, and reconciles the tables with the topic.
 *
 * @throws KafkaUnavailable where no broker can be started; Error where the run itself breaks
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { engine, brokers, partitions, folder, seed } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const afterWait = seed % 2 === 0 ? 'reevaluate' : 'statement-start';
  const world = await World.start({ engine, brokers, partitions, afterWait, folder });
  const watch = new Watch(world);
  try {
    return await runIn(world, watch, options);
  } finally {
    await watch.stop();
    await world.close();
    await rm(join(folder, 'broker'), { recursive: true, force: true });
  }
}

async function runIn(world: World, watch: Watch, options: ChaosOptions): Promise<ChaosResult> {
  const { partitions, rate, seed, ingesters, tell } = options;
  const { fleet } = world;
  const producer = new LedgerProducer(world.bootstrapServer, TOPIC, partitions, rate, seed);
  for (let number = 1; number <= ingesters; number += 1) await fleet.start(number);
  await eventually(() => fleet.areReady(), { timeoutMs: START_MS, describe: 'the ingesters are ready' });
  await producer.start();
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const startedAtMs = Date.now();
  watch.start();

  const plan = makePlan(options);
  await Promise.all(
    lanesOf(plan).map(async (lane) => {
      for (const fault of lane) {
        await sleep(Math.max(0, fault.atMs - elapsedMs()));
        tell(faultText(fault), elapsedMs());
        await strike(world, watch, fault);
      }
    }),
  );
  tell('every fault is lifted', elapsedMs());
  await producer.stop();
  const late = await catchUp(world);
  const seconds = elapsedMs() / 1000;
  tell(late ?? 'lag is 0', elapsedMs());

  await watch.stop();
  await fleet.close();
  const books = await collectBooks(world, producer);
  const { problems, figures } = reconcile(books);
  return {
    problems: [...(late === null ? [] : [late]), ...fleet.problems, ...watch.problems, ...problems],
    figures,
    faults: plan.length,
    seconds,
    fleet: fleet.figures,
    comparisons: watch.comparisons,
    longestPause: longestPause([...books.rows, ...books.deadLetters], startedAtMs),
  };
}

/** Faults of one place and target, which follow each other. */
function lanesOf(plan: readonly PlannedFault[]): PlannedFault[][] {
  return [...Map.groupBy(plan, ({ place, ingester }) => `${place} ${ingester ?? ''}`).values()];
}

/** Waits until the group's lag is 0, as Kafka's own tools see it. Returns what is wrong if it is not reached. */
async function catchUp({ bootstrapServer }: World): Promise<string | null> {
  const ends = await logEnds(bootstrapServer, TOPIC);
  const isCaughtUp = async () => {
    const committed = await groupOffsets(bootstrapServer, GROUP, TOPIC);
    return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0) === end);
  };
  try {
    await eventually(isCaughtUp, { timeoutMs: CATCH_UP_MS, describe: 'the group has no lag' });
    return null;
  } catch (error) {
    return `There is lag ${CATCH_UP_MS / 1000} s after the last fault: ${String(error)}`;
  }
}
