import { INGESTION_CHECKPOINTS } from '../tables.js';
import type { CheckpointMove } from './checkpoint-store.js';

/**
 * The statement that moves a checkpoint; it changes no row unless the checkpoint is at the expected offset. The numbers
 * are our own and part of the text; {@link moveBinds} binds the rest.
 */
export function moveStatement({ partition, expected, to }: CheckpointMove, table: string): string {
  if (expected === null) {
    return `
    INSERT INTO ${table} (${INGESTION_CHECKPOINTS.columns.map(({ name }) => `"${name}"`).join(', ')})
    SELECT g.CONSUMER_GROUP, g.TOPIC, ${partition}, ${to}, ${to}, 0, 0, 0, 0, 0, NULL, CURRENT_TIMESTAMP
    FROM (SELECT CAST(? AS VARCHAR) AS CONSUMER_GROUP, CAST(? AS VARCHAR) AS TOPIC) g
    WHERE NOT EXISTS (
      SELECT 1 FROM ${table} c
      WHERE c.CONSUMER_GROUP = g.CONSUMER_GROUP AND c.TOPIC = g.TOPIC AND c."PARTITION" = ${partition}
    )`;
  }
  return `
    UPDATE ${table}
    SET NEXT_OFFSET = ${to}, FIRST_OFFSET = ${to}, STORED = 0, DEAD_LETTERED = 0, SKIPPED = 0, GAPS = 0, LOST = 0,
        LAST_TIMESTAMP_MS = NULL, UPDATED_AT = CURRENT_TIMESTAMP
    WHERE CONSUMER_GROUP = ? AND TOPIC = ? AND "PARTITION" = ${partition} AND NEXT_OFFSET = ${expected}`;
}

export function moveBinds(group: string, { topic }: CheckpointMove): string[] {
  return [group, topic];
}
