import type { Findings } from '../../verify/index.js';

/** What the tables hold of a partition of the lake. */
export interface TablePartition {
  partition: number;
  /** The end of the offsets that were compared: the checkpoint, or the end of the lake. */
  to: number;
  /** The number of offsets that were compared. */
  compared: number;
  /** The lowest offset with a row in RAW_EVENTS_STREAM; null if there is none. */
  tablesFrom: number | null;
  /** Null if the warehouse has none. */
  checkpoint: number | null;
  findings: Findings[];
  problems: string[];
  notes: string[];
}
