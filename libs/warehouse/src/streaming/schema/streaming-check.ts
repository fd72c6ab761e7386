import type { Fault } from '#pipeline';
import { findForm } from '../../snowflake/checkpoints/find-form.js';
import { toFault } from '../rest/streaming-error.js';
import { SnowflakeError, leavesSessionUsable } from '../../snowflake/session/snowflake-error.js';
import { rollingBack } from '../../snowflake/session/rolling-back.js';
import type { SessionOptions } from '../../snowflake/session/session-options.js';
import { SnowflakeSession } from '../../snowflake/session/snowflake-session.js';
import type { StreamingClient } from '../rest/streaming-client.js';
import { StreamingError } from '../rest/streaming-error.js';
import { INGESTION_LEDGER, STREAMING_CHECKPOINTS } from './ledger-table.js';
import { PIPED_TABLES } from './pipe-statements.js';

const APPLY = 'Run `operator schema apply` with SNOWFLAKE_INGEST=streaming, with its grants';

/**
 * Checks what Snowpipe Streaming needs beyond the tables: the ledger, its view, the pipes, and a login that it accepts.
 *
 * @returns every fault found
 * @throws SnowflakeError, FaultError if the session ends
 */
export async function checkStreaming(options: SessionOptions, client: StreamingClient): Promise<Fault[]> {
  const session = await SnowflakeSession.open(options);
  const faults: Fault[] = [];
  try {
    if ((await findForm(session, options)).kind !== 'standard') faults.push(hybrid());
    for (const name of [INGESTION_LEDGER.name, STREAMING_CHECKPOINTS]) {
      const fault = await missingOf(session, name);
      if (fault !== null) faults.push(fault);
    }
  } finally {
    await session.end();
  }
  for (const [pipe] of PIPED_TABLES) {
    try {
      await client.statuses(pipe, ['START-UP-CHECK']);
    } catch (error) {
      const fault = toFault(error);
      faults.push({ ...fault, message: `${pipe}: ${fault.message}` });
      // The others would fail for the same reason.
      if (!(error instanceof StreamingError) || !error.code.startsWith('ERR_PIPE')) break;
    }
  }
  return faults;
}

async function missingOf(session: SnowflakeSession, name: string): Promise<Fault | null> {
  try {
    const columns = INGESTION_LEDGER.columns.map((column) => `"${column.name}"`).join(', ');
    const wanted = name === INGESTION_LEDGER.name ? columns : 'NEXT_OFFSET';
    await rollingBack(session, () => session.query(`SELECT ${wanted} FROM ${name} LIMIT 0`));
    return null;
  } catch (error) {
    if (!(error instanceof SnowflakeError) || !leavesSessionUsable(error)) throw error;
    const fault = toFault(error);
    return {
      ...fault,
      message: `${name}: ${fault.message}`,
      remedy: fault.class === 'setup' ? APPLY : fault.remedy,
    };
  }
}

function hybrid(): Fault {
  return {
    class: 'setup',
    code: 'HYBRID_CHECKPOINTS',
    message: 'The checkpoints are in a hybrid table, which SNOWFLAKE_INGEST=streaming does not use',
    remedy: 'Run `operator schema apply --checkpoints standard`',
  };
}
