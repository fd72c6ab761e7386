import type { SnowflakeOptions } from '../snowflake/session/session-options.js';

export interface StreamingOptions extends SnowflakeOptions {
  /**
   * How long a member that may have lost its partition waits before it opens the channel again. After the session timeout
   * the group has told the member, and its pipeline writes no more batches of the partition.
   */
  fencePauseMs: number;
}
