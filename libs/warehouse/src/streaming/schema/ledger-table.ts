import { INGESTION_CHECKPOINTS, type Column, type Table } from '../../tables.js';

const COUNTED = INGESTION_CHECKPOINTS.columns.filter(({ name }) => name !== 'UPDATED_AT');

/**
 * One row for each batch and partition, never changed: the checkpoint after the batch. The row with the highest SEQUENCE
 * of a group and partition is the checkpoint. EPOCH numbers the ledgers that an operator has begun.
 */
export const INGESTION_LEDGER = {
  name: 'INGESTION_LEDGER',
  columns: [
    ...COUNTED,
    { name: 'EPOCH', kind: 'integer', required: true },
    { name: 'SEQUENCE', kind: 'integer', required: true },
    { name: 'UPDATED_AT', kind: 'timestamp', required: false, insertedAt: true },
  ] satisfies Column[],
} as const satisfies Table;

/** The newest row of each group and partition, with the columns of INGESTION_CHECKPOINTS. */
export const STREAMING_CHECKPOINTS = 'STREAMING_CHECKPOINTS';

export function createCheckpointView(schema: string): string {
  const table = `${schema}.${INGESTION_LEDGER.name}`;
  const names = INGESTION_CHECKPOINTS.columns.map(({ name }) => `"${name}"`);
  const key = ['CONSUMER_GROUP', 'TOPIC', '"PARTITION"'];
  return `CREATE VIEW IF NOT EXISTS ${schema}.${STREAMING_CHECKPOINTS} (${names.join(', ')}) AS
SELECT ${names.map((name) => `l.${name}`).join(', ')}
FROM ${table} l
JOIN (SELECT ${key.join(', ')}, MAX(SEQUENCE) AS NEWEST FROM ${table} GROUP BY ${key.join(', ')}) n
  ON ${key.map((name) => `n.${name} = l.${name}`).join(' AND ')} AND n.NEWEST = l.SEQUENCE`;
}
