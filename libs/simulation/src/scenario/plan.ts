import type { BatchLimits, DeadLetterLimits } from '#pipeline';
import type { KnownFaultName } from '../known-faults.js';
import { Random } from '../time/random.js';
import { FAULT_KINDS, STREAMING_FAULT_KINDS, type FaultKind } from './fault-kinds.js';

/** A model of the port, or one of the product's adapters on the endpoint of the tests: by SQL, or by Snowpipe Streaming. */
export type WarehouseKind = 'model' | 'snowflake' | 'streaming';

/** The set-up of a world, before any fault. */
export interface Settings {
  partitions: number;
  pods: number;
  sessionTimeoutMs: number;
  heartbeatIntervalMs: number;
  rebalanceTimeoutMs: number;
  fetchMaxBytes: number;
  limits: BatchLimits;
  deadLetterLimits: DeadLetterLimits;
  /** Whether the repository takes the next batch while it writes one. */
  preparesAhead: boolean;
  /** Mean time between two sends of the producer. */
  produceEveryMs: number;
  badShare: number;
  /** The number of producers with concurrent transactions in one partition; 0 for no transactions. */
  transactionalProducers: number;
  redriveShare: number;
}

/** A fault that strikes once. The numbers in [0, 1) decide what it hits of whatever exists then, and how hard. */
export interface PlannedFault {
  atMs: number;
  kind: FaultKind;
  target: number;
  strength: number;
  length: number;
}

/** The complete input of a run. Removing faults gives a smaller run of the same world. */
export interface Plan {
  seed: number;
  chaosMs: number;
  warehouse: WarehouseKind;
  settings: Settings;
  faults: readonly PlannedFault[];
  /** Known faults of the product, which the run works around. */
  tolerated: ReadonlySet<KnownFaultName>;
}

export interface PlanOptions {
  seed: number;
  minutes: number;
  warehouse?: WarehouseKind;
  tolerated?: ReadonlySet<KnownFaultName>;
  /** Whether the topic is recreated whatever the seed. */
  isMadeAnew?: boolean;
}

const FIRST_FAULT_MS = 5_000;
/** Faults that delete unread messages; only some worlds have them. */
const DELETING: readonly FaultKind[] = ['retention', 'compaction'];
/** A run with this fault has checks of its own. */
const REMAKING: FaultKind = 'topic-made-anew';
const REMADE_SHARE = 0.1;
/** How long before the topic is recreated buffers may begin to fill. */
const FULL_BEFORE_MS = 3_000;
const LONGEST = 0.999;
const LOSING: FaultKind = 'warehouse-lost';
const LOST_SHARE = 0.1;

export function makePlan({
  seed,
  minutes,
  warehouse = 'model',
  tolerated = new Set(),
  isMadeAnew = false,
}: PlanOptions): Plan {
  const random = new Random(seed * 7_919 + 13);
  const settings = makeSettings(random, tolerated);
  const chaosMs = minutes * 60_000;
  const faults = makeFaults(random, chaosMs, {
    kinds: warehouse === 'streaming' ? [...FAULT_KINDS, ...STREAMING_FAULT_KINDS] : FAULT_KINDS,
    tolerated,
    remadeShare: isMadeAnew ? 1 : REMADE_SHARE,
  });
  return { seed, chaosMs, warehouse, settings, faults, tolerated };
}

function makeSettings(random: Random, tolerated: ReadonlySet<KnownFaultName>): Settings {
  const hasDeadLetterLimit = random.chance(0.15);
  const hasTransactions = random.chance(0.4);
  const producers = random.integer(1, 3);
  return {
    partitions: random.integer(1, 6),
    pods: random.integer(1, 4),
    sessionTimeoutMs: random.pick([6_000, 10_000, 30_000]),
    heartbeatIntervalMs: random.pick([1_000, 3_000]),
    rebalanceTimeoutMs: random.pick([10_000, 60_000]),
    fetchMaxBytes: random.pick([150, 600, 4_000, 60_000]),
    limits: {
      minEvents: random.integer(1, 60),
      maxWaitMs: random.pick([200, 2_000, 10_000]),
      maxEvents: random.integer(10, 300),
      maxBytes: random.pick([3_000, 60_000]),
    },
    deadLetterLimits: hasDeadLetterLimit
      ? { maxRatio: 0.3, ratioWindowEvents: 200, maxRun: 15 }
      : { maxRatio: 0, ratioWindowEvents: 1, maxRun: 0 },
    preparesAhead: random.chance(0.5),
    produceEveryMs: random.pick([150, 500, 1_500]),
    badShare: random.pick([0.02, 0.1]),
    transactionalProducers: hasTransactions ? (tolerated.has('aborted-rows') ? 1 : producers) : 0,
    redriveShare: random.pick([0, 0, 0.05]),
  };
}

interface FaultOptions {
  kinds: readonly FaultKind[];
  tolerated: ReadonlySet<KnownFaultName>;
  remadeShare: number;
}

/** Each seed chooses its own kinds of faults: if all strike together, one hides what another would show. */
function makeFaults(
  random: Random,
  chaosMs: number,
  { kinds: all, tolerated, remadeShare }: FaultOptions,
): PlannedFault[] {
  const isDeleting = random.chance(0.4);
  const isRemaking = random.chance(remadeShare) && !tolerated.has('mixed-topics');
  const everyMs = random.pick([1_000, 4_000, 15_000]);
  const kinds = all.filter((kind) => {
    const isChosen = random.chance(0.6);
    return isChosen && kind !== REMAKING && kind !== LOSING && (isDeleting || !DELETING.includes(kind));
  });
  const faults: PlannedFault[] = [];
  const add = (atMs: number, kind: FaultKind, length?: number) => {
    faults.push({
      atMs,
      kind,
      target: random.next(),
      strength: random.next(),
      length: length ?? random.next(),
    });
  };
  for (let atMs = FIRST_FAULT_MS; atMs < chaosMs && kinds.length > 0; atMs += random.exponential(everyMs)) {
    add(atMs, random.pick(kinds));
  }
  if (isRemaking) {
    const atMs = chaosMs * (0.1 + 0.5 * random.next());
    add(atMs, REMAKING);
    // A fetch that waits for room does not notice that its topic is gone.
    if (random.chance(0.5)) add(atMs - FULL_BEFORE_MS, 'warehouse-down', LONGEST);
  }
  if (!isRemaking && random.chance(LOST_SHARE)) add(chaosMs * (0.1 + 0.7 * random.next()), LOSING);
  return faults.toSorted((one, other) => one.atMs - other.atMs);
}

/** Whether the topic is recreated, after which reading may continue only on an operator's decision. */
export function isRemaking({ faults }: Plan): boolean {
  return faults.some(({ kind }) => kind === REMAKING);
}
