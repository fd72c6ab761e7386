import { timestampJson } from '#pipeline';
import { columnText } from './text.js';
import type {
  Actor,
  DeadLetterAction,
  DeadLetterKey,
  RedrivenLetter,
} from '../dead-letters/dead-letter-store.js';

/** A row of DEAD_LETTER_ACTIONS, in the order of its written columns. */
export interface DeadLetterActionRecord {
  action: DeadLetterAction['action'];
  actedBy: string;
  reason: string | null;
  changed: string | null;
  redriveId: string | null;
  /** JSON: `{topic, partition, offset, timestamp_ms}` of the letter. */
  metadata: string;
}

export function actionRecords(
  action: DeadLetterAction['action'],
  letters: readonly (DeadLetterKey & Partial<RedrivenLetter>)[],
  { user, reason }: Actor,
): DeadLetterActionRecord[] {
  return letters.map(({ topic, partition, offset, timestampMs, redriveId = null, changed = null }) => ({
    action,
    actedBy: columnText(user),
    reason: reason === null ? null : columnText(reason),
    changed: changed === null ? null : columnText(changed),
    redriveId,
    metadata: JSON.stringify({ topic, partition, offset, timestamp_ms: timestampJson(timestampMs) }),
  }));
}
