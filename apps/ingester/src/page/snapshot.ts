import type { Checkpoint } from '#pipeline';
import type { SessionStats } from '#telemetry';
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

/** What every page is told once a second. */
export interface Snapshot {
  uptimeSeconds: number;
  /** As /health answers; some problems do not count yet, since they may pass. */
  readiness: { isReady: boolean; problems: string[] };
  /** The newest point of the history. */
  sample: Sample;
  session: SessionStats;
  buffer: { events: number; bytes: number };
  lastBatch: LastBatch | null;
  /** Over the last minute. */
  stages: StageTime[];
  /** The ledger of each partition that is read here. */
  partitions: (Checkpoint & { lag: number | null })[];
  deadLetters: LetterSummary;
}
