import { createTable } from '../../snowflake/schema/table-steps.js';
import { createCheckpointView, INGESTION_LEDGER, STREAMING_CHECKPOINTS } from './ledger-table.js';
import { createPipe, PIPED_TABLES } from './pipe-statements.js';

/** What Snowpipe Streaming needs beside the tables. */
export function streamingSteps(schema: string): [what: string, sql: string][] {
  return [
    [`the table ${INGESTION_LEDGER.name}`, createTable(schema, INGESTION_LEDGER)],
    [`the view ${STREAMING_CHECKPOINTS}`, createCheckpointView(schema)],
    ...PIPED_TABLES.map(([pipe, table]): [string, string] => [
      `the pipe ${pipe}`,
      createPipe(schema, pipe, table),
    ]),
  ];
}

/** The least privileges to write through the pipes. */
export function streamingGrants(schema: string, toRole: string): string[] {
  return [
    `GRANT SELECT, INSERT ON TABLE ${schema}.${INGESTION_LEDGER.name} ${toRole}`,
    `GRANT SELECT ON VIEW ${schema}.${STREAMING_CHECKPOINTS} ${toRole}`,
    ...PIPED_TABLES.map(([pipe]) => `GRANT OPERATE, MONITOR ON PIPE ${schema}.${pipe} ${toRole}`),
  ];
}
