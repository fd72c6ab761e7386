import type { Codec } from './clients.js';

export const HOSTILE_ENGINES = ['duckdb', 'snowflake'] as const;

export interface HostileOptions {
  engine: (typeof HOSTILE_ENGINES)[number];
  bootstrapServers: string;
  codecs: readonly Codec[];
  /** What the largest record is once it is decompressed. */
  bombMebibytes: number;
  /** What the process may take, as a pod's limit. */
  memoryMebibytes: number;
  /** Made anew for the run; the log of the service is left in it. */
  folder: string;
  tell: (line: string) => void;
}
