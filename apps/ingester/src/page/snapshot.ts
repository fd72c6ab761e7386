import type { EventLabel } from '#events';
import type { Checkpoint } from '#pipeline';
import type { RunStats } from '#telemetry';
import type { CatchUp } from './figures/catch-up.js';
import type { Columns, Sample } from './figures/history.js';
import type { Memory } from './figures/memory.js';
import type { OpenLetters } from './figures/open-letters.js';
import type { LastBatch } from './figures/pipeline-watch.js';
import type { ShownFault } from './figures/recent-faults.js';
import type { LetterSummary } from './figures/recent-letters.js';
import type { StageTime } from './figures/stage-times.js';

/** Sent to a page when it connects: everything constant, and the history. */
export interface Greeting {
  version: string;
  /** The machine's name, which is the pod's name on Kubernetes, and the process in it. */
  pod: string;
  pid: number;
  topic: string;
  group: string;
  warehouse: string;
  /** Whether the page has a workbench for dead letters. */
  hasWorkbench: boolean;
  /** The capacity of the buffer, in messages and bytes. */
  bufferLimits: { events: number; bytes: number };
  /** Every setting that has a value; secrets are hidden. */
  settings: Record<string, string>;
  history: Columns;
}

export interface ShownLag {
  messages: number;
  /** The age of the oldest of them, 0 if there is none; null if unknown. */
  oldestSeconds: number | null;
  /** Seconds since 1970. */
  asOf: number;
  /** Whether this is too long ago to count as the current lag. */
  isOld: boolean;
}

/** What became of the events of one type, since the start. */
export interface TypeFigures {
  type: EventLabel;
  /** Stored per second; null if unknown. */
  perSecond: number | null;
  stored: number;
  deadLetters: number;
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
  catchUp: CatchUp;
  byType: TypeFigures[];
  /** Letters of the table that nobody has dealt with; null before the first count. */
  openLetters: OpenLetters | null;
  memory: Memory;
  rebalances: { count: number; lastAtMs: number | null };
  warehouseErrors: number;
  /** Newest first. */
  faults: ShownFault[];
  /** The ledger of each partition that this process reads. */
  partitions: (Checkpoint & { lag: ShownLag | null; logStart: number | null })[];
  /** Whether this process is a member of the group. If not, another one may read these partitions. */
  isMember: boolean;
  deadLetters: LetterSummary;
}
