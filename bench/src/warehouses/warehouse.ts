import type { Checkpoint } from '#pipeline';
import type { Row } from './rows.js';

/** The warehouse of a run, seen past the service. */
export interface BenchWarehouse {
  /** What an ingester has to know of it. */
  env: Readonly<Record<string, string>>;
  /** Whether it can be read while an ingester works on it. */
  isShared: boolean;
  checkpoints(): Promise<Checkpoint[]>;
  /** The rows of a table, one after the other. */
  table(name: string): AsyncIterable<Row>;
  close(): Promise<void>;
}
