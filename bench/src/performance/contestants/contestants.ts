export interface BacklogKind {
  partitions: number;
  /** The share of bad events. */
  bad: number;
  /** Whether no event occurs twice: for what depends on how well events compress. */
  isDistinct?: true;
}

/** What is in a topic; each is made once and read by all that name it. */
export const BACKLOGS = {
  good: { partitions: 6, bad: 0 },
  distinct: { partitions: 6, bad: 0, isDistinct: true },
  bad: { partitions: 6, bad: 0.1 },
  wide: { partitions: 12, bad: 0 },
  one: { partitions: 1, bad: 0 },
  none: { partitions: 6, bad: 0 },
} as const satisfies Record<string, BacklogKind>;

export type BacklogName = keyof typeof BACKLOGS;

const SERVICE = 'dist/apps/ingester/src/main.js';
export const ARCHIVER = 'dist/apps/archiver/src/main.js';
export const OPERATOR = 'dist/apps/operator/src/main.js';
const COUNTING_SERVICE = 'dist/bench/src/performance/contestants/counting-service.js';

/** Snowflake's is 5 to 10 seconds, which would be all that a benchmark shows. */
export const COMMIT_DELAY_MS = 1_000;

/** Something that reads a topic and is measured while it does. */
export interface Contestant {
  what: string;
  /** The built file that a process runs, from the repository's root. */
  entry: string;
  processes: number;
  backlog: BacklogName;
  /** What stands behind the service, and is started anew for each run. */
  warehouse: 'none' | 'duckdb' | 'snowflake' | 'streaming' | 'lake-folder' | 'lake-s3';
  /** How many tables hold checkpoints, where there may be several; 1 if it is not said. */
  checkpointTables?: number;
  /** A command of the operator that reads the lake, which is measured in place of the archiver. */
  command?: readonly string[];
  /** How long the endpoint leaves rows of Snowpipe Streaming uncommitted, in milliseconds. */
  commitDelayMs?: number;
  env?: Readonly<Record<string, string>>;
  /** Whether it runs with Node's heap as it comes, not as the image has it. */
  plainHeap?: true;
}

const snowflake = (processes: number, backlog: BacklogName): Contestant => ({
  what: `Snowflake endpoint, 200 ms a statement, ${processes} process${processes === 1 ? '' : 'es'}`,
  entry: SERVICE,
  processes,
  backlog,
  warehouse: 'snowflake',
});

const streaming = (backlog: BacklogName, commitDelayMs: number): Contestant => ({
  what: `Snowpipe Streaming, commits after ${commitDelayMs / 1000} s, ${BACKLOGS[backlog].partitions} partitions`,
  entry: SERVICE,
  processes: 1,
  backlog,
  warehouse: 'streaming',
  commitDelayMs,
});

const lake = (what: string, warehouse: Contestant['warehouse'], command?: readonly string[]): Contestant => ({
  what,
  entry: command === undefined ? ARCHIVER : OPERATOR,
  processes: 1,
  backlog: 'distinct',
  warehouse,
  ...(command === undefined ? {} : { command }),
});

/** With a lock for each of the processes. */
const scaling = (processes: number): Contestant => ({ ...snowflake(processes, 'wide'), checkpointTables: 4 });

const counting = (what: string, backlog: BacklogName, env: Contestant['env'] = {}): Contestant => ({
  what,
  entry: COUNTING_SERVICE,
  processes: 1,
  backlog,
  warehouse: 'none',
  env,
});

const duckdb = (what: string, backlog: BacklogName): Contestant => ({
  what,
  entry: SERVICE,
  processes: 1,
  backlog,
  warehouse: 'duckdb',
});

export const CONTESTANTS = {
  raw: {
    what: 'raw kafkajs, eachBatch + JSON.parse',
    entry: 'dist/bench/src/performance/contestants/raw-consumer.js',
    processes: 1,
    backlog: 'good',
    warehouse: 'none',
    plainHeap: true,
  },
  counting: counting('whole service, warehouse that only counts', 'good'),
  silent: counting('the same without telemetry', 'good', { BENCH_TELEMETRY: 'off', LOG_LEVEL: 'silent' }),
  bad: counting('the same with 10% bad events', 'bad'),
  duckdb: duckdb('DuckDB file', 'good'),
  'duckdb-bad': duckdb('the same with 10% bad events', 'bad'),
  snowflake: snowflake(1, 'good'),
  'snowflake-bad': { ...snowflake(1, 'bad'), what: 'the same with 10% bad events' },
  'snowflake-1': { ...scaling(1), what: 'the same on 12 partitions, 4 checkpoint tables' },
  'snowflake-2': scaling(2),
  'snowflake-4': scaling(4),
  streaming: streaming('good', COMMIT_DELAY_MS),
  'streaming-at-once': { ...streaming('good', 0), what: 'Snowpipe Streaming, commits at once' },
  channel: { ...streaming('one', 0), what: 'the same with one partition: one channel for events' },
  'streaming-light-load': {
    ...streaming('none', COMMIT_DELAY_MS),
    what: 'Snowpipe Streaming, commits after 1 s, 50 events/s, batch wait 0.5 s',
    env: { BATCH_MAX_WAIT_MS: '500' },
  },
  'lake-folder': lake('the archiver into a folder', 'lake-folder'),
  'lake-s3': lake('the archiver to S3 (versitygw on this machine)', 'lake-s3'),
  'lake-replay': lake('operator lake replay into a DuckDB file', 'lake-folder', ['lake', 'replay', '--yes']),
  'lake-compact': lake('operator lake compact', 'lake-folder', ['lake', 'compact', '--yes']),
  'light-load': { ...snowflake(1, 'none'), what: 'Snowflake endpoint, 200 ms a statement, 50 events/s' },
} as const satisfies Record<string, Contestant>;

export type ContestantName = keyof typeof CONTESTANTS;
