import type { Batch } from '../model/batch.js';
import type { DeadLetter } from '../model/outcome.js';
import type { RejectedRow } from '../ports/event-repository.js';
import { deadLetter } from '../validation/dead-letter.js';

/** Creates dead letters for rows that the warehouse rejected. */
export function rejectedLetters(batch: Batch, rejected: readonly RejectedRow[]): DeadLetter[] {
  return rejected.flatMap(({ index, reason }) => {
    const row = batch.rows[index];
    if (row === undefined) return [];
    const { message, content: value, label, eventType } = row;
    const { topic, partition, offset, timestampMs, key, headers, headersOmitted = 0 } = message;
    return deadLetter(
      { topic, partition, offset, timestampMs, key, value, headers, headersOmitted },
      { errorType: 'warehouse_rejected', reason, details: [], label, eventType },
    );
  });
}
