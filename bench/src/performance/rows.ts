import { COMMIT_DELAY_MS, type ContestantName } from './contestants/contestants.js';
import type { Measurement } from './measuring/measurement.js';

/** What each contestant did in one round; those that could not be run are missing. */
export type Round = ReadonlyMap<ContestantName, Measurement>;

/** One number of a row, told by its median over the rounds. */
export interface Figure {
  what: string;
  unit: 'ratio' | 'events/s' | 'us' | 'MB' | 'MB/s' | 's' | 'count';
  /** Null where a contestant or its system did not tell. */
  of: (round: Round) => number | null;
  /** What the figure is to reach; null where it only informs. */
  reach: { atLeast: number } | { atMost: number } | null;
}

/** A promise about speed, and what has to run to check it. */
export interface Row {
  name: string;
  what: string;
  contestants: readonly ContestantName[];
  figures: readonly Figure[];
}

const events = (of: ContestantName, reach: Figure['reach']): Figure => ({
  what: 'throughput',
  unit: 'events/s',
  of: (round) => round.get(of)?.eventsPerSecond ?? null,
  reach,
});

const ratio = (of: ContestantName, to: ContestantName, reach: Figure['reach']): Figure => ({
  what: `${of} / ${to}`,
  unit: 'ratio',
  of: (round) => quotient(round.get(of)?.eventsPerSecond, round.get(to)?.eventsPerSecond),
  reach,
});

const peakRss = (of: ContestantName, atMost: number, what = 'peak RSS'): Figure => ({
  what,
  unit: 'MB',
  of: (round) => round.get(of)?.peakRssMb ?? null,
  reach: { atMost },
});

const storedMegabytes = (of: ContestantName, what: string): Figure => ({
  what,
  unit: 'MB',
  of: (round) => round.get(of)?.bytesPerEvent ?? null,
  reach: null,
});

export const ROWS: readonly Row[] = [
  {
    name: 'counting',
    what: 'whole service, warehouse that only counts, against raw kafkajs',
    contestants: ['raw', 'counting'],
    figures: [ratio('counting', 'raw', { atLeast: 0.8 })],
  },
  {
    name: 'duckdb',
    what: 'DuckDB end to end',
    contestants: ['raw', 'duckdb'],
    figures: [events('duckdb', { atLeast: 60_000 }), ratio('duckdb', 'raw', null)],
  },
  {
    name: 'snowflake',
    what: 'Snowflake endpoint holding each statement 200 ms, one process',
    contestants: ['raw', 'snowflake'],
    figures: [
      events('snowflake', { atLeast: 30_000 }),
      {
        what: 'client CPU an event',
        unit: 'us',
        of: (round) => round.get('snowflake')?.cpuMicrosPerEvent ?? null,
        reach: { atMost: 14 },
      },
      peakRss('snowflake', 300),
      {
        // Full batches take 300 (docs/performance.md, cost.spec.ts); the start and the last batch come on top.
        what: 'statements per million events',
        unit: 'count',
        of: (round) => round.get('snowflake')?.statementsPerMillionEvents ?? null,
        reach: null,
      },
      {
        what: 'RSS, last tenth / second tenth',
        unit: 'ratio',
        of: (round) => {
          const tenths = round.get('snowflake')?.rssMbByTenth;
          return quotient(tenths?.[9], tenths?.[1]);
        },
        reach: null,
      },
    ],
  },
  {
    name: 'telemetry',
    what: 'telemetry on against off',
    contestants: ['counting', 'silent'],
    figures: [ratio('counting', 'silent', { atLeast: 0.95 })],
  },
  {
    name: 'bad-events',
    what: '10% bad events against none',
    contestants: ['counting', 'bad', 'snowflake', 'snowflake-bad', 'duckdb', 'duckdb-bad'],
    figures: [
      ratio('snowflake-bad', 'snowflake', { atLeast: 0.8 }),
      ratio('duckdb-bad', 'duckdb', { atLeast: 0.8 }),
      ratio('bad', 'counting', { atLeast: 0.8 }),
    ],
  },
  {
    name: 'streaming',
    what: 'Snowpipe Streaming beside SQL; a channel, and all that the endpoint commits at once',
    contestants: ['snowflake', 'streaming', 'streaming-at-once', 'channel'],
    figures: [
      events('streaming', null),
      events('streaming-at-once', null),
      ratio('streaming', 'snowflake', null),
      ratio('streaming-at-once', 'snowflake', null),
      {
        what: 'one channel, uncompressed',
        unit: 'MB/s',
        of: (round) => megabytes(round.get('channel'), ({ eventsPerSecond }) => eventsPerSecond),
        reach: { atLeast: 20 },
      },
      {
        what: 'a second of client CPU, uncompressed',
        unit: 'MB',
        of: (round) =>
          megabytes(
            round.get('streaming-at-once'),
            ({ cpuMicrosPerEvent }) => cpuMicrosPerEvent && 1e6 / cpuMicrosPerEvent,
          ),
        reach: { atLeast: 40 },
      },
      {
        what: 'requests per million events',
        unit: 'count',
        of: (round) => round.get('streaming')?.statementsPerMillionEvents ?? null,
        reach: null,
      },
      {
        what: 'statements per million events by SQL',
        unit: 'count',
        of: (round) => round.get('snowflake')?.statementsPerMillionEvents ?? null,
        reach: null,
      },
      peakRss('streaming', 300),
      peakRss('streaming-at-once', 300, 'peak RSS, commits at once'),
    ],
  },
  {
    name: 'streaming-light-load',
    what: '50 events/s, batch wait 0.5 s, Snowpipe Streaming: event to committed',
    contestants: ['streaming-light-load'],
    figures: [
      {
        what: 'latency p50 beyond the commit delay',
        unit: 's',
        of: (round) => beyondCommit(round.get('streaming-light-load')?.latencySeconds?.p50),
        reach: null,
      },
      {
        what: 'latency p99 beyond the commit delay',
        unit: 's',
        of: (round) => beyondCommit(round.get('streaming-light-load')?.latencySeconds?.p99),
        reach: { atMost: 1 },
      },
    ],
  },
  {
    name: 'lake',
    what: 'the archiver into a folder and to S3; replay into DuckDB; Parquet for analysts',
    contestants: ['lake-folder', 'lake-s3', 'lake-replay', 'lake-compact'],
    figures: [
      events('lake-folder', { atLeast: 150_000 }),
      peakRss('lake-folder', 250),
      events('lake-s3', null),
      events('lake-replay', { atLeast: 60_000 }),
      events('lake-compact', null),
      storedMegabytes('lake-folder', 'a million events as NDJSON.zst'),
      storedMegabytes('lake-compact', 'a million events as Parquet'),
    ],
  },
  {
    name: 'light-load',
    what: '50 events/s, batch wait 1 s, Snowflake endpoint: event to queryable',
    contestants: ['light-load'],
    figures: [
      {
        what: 'latency p50',
        unit: 's',
        of: (round) => round.get('light-load')?.latencySeconds?.p50 ?? null,
        reach: null,
      },
      {
        what: 'latency p99',
        unit: 's',
        of: (round) => round.get('light-load')?.latencySeconds?.p99 ?? null,
        reach: { atMost: 2.5 },
      },
    ],
  },
  {
    name: 'scaling',
    what: '1, 2, 4 processes on 12 partitions, Snowflake endpoint',
    contestants: ['snowflake-1', 'snowflake-2', 'snowflake-4'],
    figures: [
      ratio('snowflake-2', 'snowflake-1', null),
      ratio('snowflake-4', 'snowflake-1', { atLeast: 3.6 }),
      {
        what: 'the same, to the last event',
        unit: 'ratio',
        of: (round) =>
          quotient(
            round.get('snowflake-4')?.eventsPerSecondToTheEnd,
            round.get('snowflake-1')?.eventsPerSecondToTheEnd,
          ),
        reach: null,
      },
    ],
  },
];

/** @param perUnit events */
function megabytes(
  measurement: Measurement | undefined,
  perUnit: (measurement: Measurement) => number | null,
): number | null {
  const bytes = measurement?.billedBytesPerEvent ?? null;
  const count = measurement === undefined ? null : perUnit(measurement);
  return bytes === null || count === null ? null : (bytes * count) / 1e6;
}

function beyondCommit(seconds: number | undefined): number | null {
  return seconds === undefined ? null : seconds - COMMIT_DELAY_MS / 1000;
}

function quotient(above: number | undefined, below: number | undefined): number | null {
  return above === undefined || below === undefined || below === 0 ? null : above / below;
}
