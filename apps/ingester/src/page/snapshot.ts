import type { Checkpoint } from '#pipeline';
import type { RunStats } from '#telemetry';
import type { Columns, Sample } from './history.js';
import type { LastBatch } from './pipeline-watch.js';
import type { LetterSummary } from './recent-letters.js';
import type { StageTime } from './stage-times.js';

/** Sent to a page when it connects: everything constant, and the history. */
export interface Greeting {
  version: string;
  topic: string;
  group: string;
  warehouse: string;
  /** The capacity of the buffer, in messages and bytes. */
  bufferLimits: { events: number; bytes: number };
  /** Every setting that has a value; secrets are hidden. */
  settings: Record<string, string>;
  history: Columns;
}

export interface ShownLag {
  messages: number;
  /** Seconds since 1970. */
  asOf: number;
  /** Whether this is too long ago to count as the current lag. */
  isOld: boolean;
}

/** Sent to every page once a second. */
export interface Snapshot {
  uptimeSeconds: number;
  /** As in /health. Problems that are transient or outside this service's control do not count. */
  readiness: { isReady: boolean; problems: string[]; remarks: string[] };
  /** The newest point of the history. */
  sample: Sample;
  session: RunStats;
  buffer: { events: number; bytes: number };
  lastBatch: LastBatch | null;
  /** Over the last minute. */
  stages: StageTime[];
  /** Of all partitions, as of the last observation of each log's end; null before the first. */
  lag: ShownLag | null;
  /** The ledger of each partition that this process reads. */
  partitions: (Checkpoint & { lag: ShownLag | null; logStart: number | null })[];
  /** Whether this process is a member of the group. If not, another one may read these partitions. */
  isMember: boolean;
  deadLetters: LetterSummary;
}
