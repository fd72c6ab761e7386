import type { Checkpoint } from '#pipeline';
import type { RunStats } from '#telemetry';
import type { Columns, Sample } from './history.js';
import type { LastBatch } from './pipeline-watch.js';
import type { LetterSummary } from './recent-letters.js';
import type { StageTime } from './stage-times.js';

/** What a page is told when it connects: all that stays, and the past. */
export interface Greeting {
  version: string;
  topic: string;
  group: string;
  warehouse: string;
  /** A full buffer, in messages and bytes. */
  bufferLimits: { events: number; bytes: number };
  /** Every setting that has a value; secrets are hidden. */
  settings: Record<string, string>;
  history: Columns;
}

export interface ShownLag {
  messages: number;
  /** Seconds since 1970. */
  asOf: number;
  /** Too long ago to count as the lag of now. */
  isOld: boolean;
}

/** What every page is told once a second. */
export interface Snapshot {
  uptimeSeconds: number;
  /** As /health answers; some problems do not count, since they may pass or are not this service's. */
  readiness: { isReady: boolean; problems: string[] };
  /** The newest point of the history. */
  sample: Sample;
  session: RunStats;
  buffer: { events: number; bytes: number };
  lastBatch: LastBatch | null;
  /** Over the last minute. */
  stages: StageTime[];
  /** Of all partitions, as of when the end of each log was last seen; null before that. */
  lag: ShownLag | null;
  /** The ledger of each partition that is read here. */
  partitions: (Checkpoint & { lag: ShownLag | null; logStart: number | null })[];
  /** Whether this process is a member of the group: while it is not, another one may read these partitions. */
  isMember: boolean;
  deadLetters: LetterSummary;
}
