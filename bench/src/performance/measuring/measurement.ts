import type { StageTime } from './stages.js';

/** One contestant in one round, while all its processes are at work: starting, joining and running out are left out. */
export interface Measurement {
  events: number;
  seconds: number;
  eventsPerSecond: number;
  /** From the same beginning until the last event, when most of several processes may have run out; of a backlog only. */
  eventsPerSecondToTheEnd?: number;
  /** Of all its processes together; null where the system does not tell, as memory below. */
  cpuMicrosPerEvent: number | null;
  /** The largest of a process, its start included; in units of 2^20 bytes. */
  peakRssMb: number | null;
  /** The largest seen while each tenth of the backlog was settled: flat where memory is bounded. */
  rssMbByTenth: number[];
  /** Of one of its processes, from its start to its last event, as it tells itself; of a backlog only. */
  stages?: Readonly<Record<string, StageTime>>;
  /** Statements and requests, as the warehouse executed them for all batches; of a backlog in Snowflake only. */
  statementsPerMillionEvents?: number | null;
  /** As Snowpipe Streaming bills them: uncompressed; of a backlog only. */
  billedBytesPerEvent?: number | null;
  /** Of the objects of a lake, or of the Parquet files made of them; of these contestants only. */
  bytesPerEvent?: number | null;
  /**
   * From an event's sending until its checkpoint is committed, or with Snowpipe Streaming its row; under light load only.
   */
  latencySeconds?: { p50: number; p99: number };
}
