import type { SnowflakeOptions } from '../snowflake/session/session-options.js';

export interface StreamingOptions extends SnowflakeOptions {
  /**
   * How long a member that may have lost its partition waits before it opens the channel again: after the session timeout
   * the group has told it so, and nobody asks it to write.
   */
  fencePauseMs: number;
}
