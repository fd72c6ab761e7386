import { Random } from '#traffic';

/** Snowflake by SQL, or by Snowpipe Streaming; and DuckDB. */
export const ENGINES = ['snowflake', 'streaming', 'duckdb'] as const;
export type Engine = (typeof ENGINES)[number];

const SNOWFLAKE: readonly Engine[] = ['snowflake', 'streaming'];
const SQL: readonly Engine[] = ['snowflake'];
const STREAMING: readonly Engine[] = ['streaming'];
const DUCKDB: readonly Engine[] = ['duckdb'];

/** One broker that clients reach through a proxy, or a cluster that can lose one. */
export const BROKERS = [1, 3] as const;
export type Brokers = (typeof BROKERS)[number];

/** Where a fault strikes. Faults of one place follow each other; those of different places overlap as they fall. */
export type Place = 'ingester' | 'group' | 'broker' | 'dead-letter topic' | 'warehouse';

interface KindRule {
  place: Place;
  /** The engines that can have it; any, where absent. */
  of?: readonly Engine[];
  /** How many brokers it is for; any, where absent. */
  brokers?: Brokers;
  /** How long it lasts, in seconds: at least and at most. */
  seconds: readonly [number, number];
  says: string;
}

/** Longer than {@link SESSION_TIMEOUT_MS}: the group takes a stopped member for dead, and it wakes as a zombie. */
export const SESSION_TIMEOUT_MS = 6_000;

const RULES = {
  kill: { place: 'ingester', seconds: [0.5, 6], says: 'kill -9' },
  terminate: { place: 'ingester', seconds: [0.5, 6], says: 'SIGTERM' },
  freeze: { place: 'ingester', seconds: [8, 12], says: 'SIGSTOP for longer than the session time-out' },
  clock: { place: 'ingester', seconds: [8, 12], says: 'its clock an hour back, then forward again' },
  join: { place: 'group', of: SNOWFLAKE, seconds: [6, 15], says: 'one more ingester joins the group' },
  'broker-restart': { place: 'broker', brokers: 1, seconds: [0.2, 4], says: 'broker stops' },
  'broker-kill': { place: 'broker', brokers: 1, seconds: [0.2, 4], says: 'broker kill -9' },
  'cut-off': {
    place: 'broker',
    brokers: 1,
    seconds: [2, 10],
    says: 'connections to the broker are reset and refused',
  },
  'black-hole': {
    place: 'broker',
    brokers: 1,
    seconds: [2, 10],
    says: 'connections to the broker carry nothing',
  },
  'leader-stop': { place: 'broker', brokers: 3, seconds: [4, 12], says: 'leader of partition 0 stops' },
  'leader-kill': { place: 'broker', brokers: 3, seconds: [4, 12], says: 'leader of partition 0 kill -9' },
  'coordinator-kill': { place: 'broker', brokers: 3, seconds: [4, 12], says: 'coordinator kill -9' },
  'dead-letter-leader-kill': {
    place: 'broker',
    brokers: 3,
    seconds: [4, 12],
    says: 'leader of the dead-letter topic kill -9',
  },
  'majority-kill': { place: 'broker', brokers: 3, seconds: [0.2, 8], says: 'two of three kill -9' },
  'dead-letters-refused': {
    place: 'dead-letter topic',
    seconds: [2, 10],
    says: 'dead-letter topic takes no message',
  },
  'disk-full': { place: 'warehouse', of: DUCKDB, seconds: [2, 8], says: 'disk is full' },
  slow: { place: 'warehouse', of: SQL, seconds: [3, 8], says: 'each statement takes 0.4 s' },
  reset: { place: 'warehouse', of: SNOWFLAKE, seconds: [1, 4], says: 'connection reset before it runs' },
  'lost-answer': {
    place: 'warehouse',
    of: SNOWFLAKE,
    seconds: [1, 4],
    says: 'runs, and its answer is lost',
  },
  'half-answer': { place: 'warehouse', of: SNOWFLAKE, seconds: [1, 4], says: 'answer breaks off' },
  unavailable: { place: 'warehouse', of: SNOWFLAKE, seconds: [1, 6], says: 'HTTP 503' },
  silence: { place: 'warehouse', of: SNOWFLAKE, seconds: [1, 6], says: 'no answer' },
  'session-expired': {
    place: 'warehouse',
    of: SQL,
    seconds: [1, 4],
    says: 'session token has run out',
  },
  'session-gone': { place: 'warehouse', of: SQL, seconds: [1, 4], says: 'session is no more' },
  'internal-error': { place: 'warehouse', of: SQL, seconds: [1, 4], says: 'internal error 000603' },
  'token-expired': { place: 'warehouse', of: STREAMING, seconds: [1, 4], says: 'scoped tokens have run out' },
  throttled: { place: 'warehouse', of: STREAMING, seconds: [1, 4], says: 'HTTP 429 with Retry-After' },
  'channels-invalidated': {
    place: 'warehouse',
    of: STREAMING,
    seconds: [1, 2],
    says: 'all channels are invalidated, and lose what is not committed',
  },
  'commits-withheld': { place: 'warehouse', of: STREAMING, seconds: [2, 8], says: 'no rows are committed' },
} as const satisfies Record<string, KindRule>;

export type FaultKind = keyof typeof RULES;

/** Statements and requests that a fault of the Snowflake endpoint waits for. */
const STATEMENTS = [
  '*',
  'commit',
  'commit',
  'stage',
  'insert RAW_EVENTS_STREAM',
  'insert SALES_EVENTS_DLQ',
  'update INGESTION_CHECKPOINTS',
  'select INGESTION_CHECKPOINTS',
  'login',
] as const;

/** Requests of Snowpipe Streaming, likewise. */
const STREAMING_REQUESTS = [
  'append-rows',
  'append-rows',
  'append-rows RAW_EVENTS_STREAM',
  'append-rows SALES_EVENTS_DLQ',
  'append-rows INGESTION_LEDGER',
  'channel-status',
  'open-channel',
  'scoped-token',
] as const;

/** Faults that wait for no request. */
const AT_ONCE: readonly FaultKind[] = ['slow', 'disk-full', 'channels-invalidated', 'commits-withheld'];

/** Seconds of peace before a fault of a place: at least and at most. */
const PEACE: Record<Place, readonly [number, number]> = {
  ingester: [6, 45],
  group: [6, 45],
  broker: [8, 60],
  'dead-letter topic': [8, 60],
  warehouse: [1, 10],
};

export interface PlannedFault {
  kind: FaultKind;
  place: Place;
  /** Milliseconds since the run's beginning. */
  atMs: number;
  /** How long it lasts, in milliseconds. */
  forMs: number;
  /** The number of the ingester, from 1, where one is struck. */
  ingester: number | null;
  /** The statement that a fault of the Snowflake endpoint waits for. */
  statement: string | null;
}

export interface PlanOptions {
  /** An unsigned 32-bit integer. One seed gives one plan. */
  seed: number;
  /** When the last fault is over. */
  durationMs: number;
  engine: Engine;
  brokers: Brokers;
  ingesters: number;
}

/** The faults of a run by the time at which they begin: their kinds, times and targets all come from the seed. */
export function makePlan({ seed, durationMs, ingesters, ...world }: PlanOptions): PlannedFault[] {
  const random = new Random(seed);
  const numbers = Array.from({ length: ingesters }, (_, index) => index + 1);
  const lanes: { place: Place; ingester: number | null }[] = [
    ...numbers.map((ingester) => ({ place: 'ingester' as const, ingester })),
    ...(['group', 'broker', 'dead-letter topic', 'warehouse'] as const).map((place) => ({
      place,
      ingester: null,
    })),
  ];
  return lanes
    .flatMap(({ place, ingester }) => laneOf(random, place, ingester, world, durationMs))
    .sort((one, other) => one.atMs - other.atMs);
}

/** A line for people. */
export function faultText({ kind, place, forMs, ingester, statement }: PlannedFault): string {
  const where = ingester === null ? place : `ingester ${ingester}`;
  const on = statement === null ? '' : `${statement === '*' ? 'any statement' : statement}: `;
  return `${where.padEnd(17)}  ${on}${RULES[kind].says}, ${(forMs / 1000).toFixed(1)} s`;
}

function laneOf(
  random: Random,
  place: Place,
  ingester: number | null,
  world: Pick<PlanOptions, 'engine' | 'brokers'>,
  durationMs: number,
): PlannedFault[] {
  const lane: PlannedFault[] = [];
  const kinds = kindsOf(place, world);
  if (kinds.length === 0) return lane;
  let deck: FaultKind[] = [];
  for (let atMs = 0; ;) {
    // Every kind once before one comes again: a short run meets many.
    if (deck.length === 0) deck = shuffled(random, kinds);
    const kind = deck.pop();
    if (kind === undefined) return lane;
    atMs += between(random, PEACE[place]);
    const forMs = between(random, RULES[kind].seconds);
    if (atMs + forMs > durationMs) return lane;
    const isStatement = place === 'warehouse' && !AT_ONCE.includes(kind);
    const statements = world.engine === 'streaming' ? STREAMING_REQUESTS : STATEMENTS;
    const statement = isStatement ? random.pick<string>(statements) : null;
    lane.push({ kind, place, atMs, forMs, ingester, statement });
    atMs += forMs;
  }
}

function kindsOf(place: Place, { engine, brokers }: Pick<PlanOptions, 'engine' | 'brokers'>): FaultKind[] {
  return (Object.entries(RULES) as [FaultKind, KindRule][])
    .filter(([, rule]) => rule.place === place)
    .filter(([, rule]) => rule.of?.includes(engine) !== false && (rule.brokers ?? brokers) === brokers)
    .map(([kind]) => kind);
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: random.fraction() }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item);
}

function between(random: Random, [least, most]: readonly [number, number]): number {
  return random.integer(least * 1000, most * 1000);
}
