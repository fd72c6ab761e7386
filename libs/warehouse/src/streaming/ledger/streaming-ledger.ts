import { SnowflakeLedger } from '../../snowflake/ledger/snowflake-ledger.js';
import { STREAMING_CHECKPOINTS } from '../schema/ledger-table.js';

/** The same tables as those of the SQL engine, compared with the checkpoints of Snowpipe Streaming. */
export class StreamingLedger extends SnowflakeLedger {
  protected override async checkpointTables(): Promise<readonly string[]> {
    return [STREAMING_CHECKPOINTS];
  }
}
