import type { ContestantName } from './contestants/contestants.js';
import type { Measurement } from './measuring/measurement.js';

/** What each contestant did in one round; those that could not be run are missing. */
export type Round = ReadonlyMap<ContestantName, Measurement>;

/** One number of a row, told by its median over the rounds. */
export interface Figure {
  what: string;
  unit: 'ratio' | 'events/s' | 'us' | 'MB' | 's' | 'count';
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
      {
        what: 'peak RSS',
        unit: 'MB',
        of: (round) => round.get('snowflake')?.peakRssMb ?? null,
        reach: { atMost: 300 },
      },
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

function quotient(above: number | undefined, below: number | undefined): number | null {
  return above === undefined || below === undefined || below === 0 ? null : above / below;
}
