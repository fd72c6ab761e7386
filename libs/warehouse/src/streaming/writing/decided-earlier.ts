import type { Batch, TransactionResult } from '#pipeline';
import type { BatchPart } from './batch-parts.js';

const REASON =
  'The message is a dead letter already: an earlier version of this service wrote it before it was ended';

/**
 * Messages that an interrupted batch has put into the other table. The same version of the service decides as it did
 * before; another one may not, and the message must not be in both tables. The first decision counts.
 *
 * @returns null if there are none
 */
export function decidedEarlier(batch: Batch, parts: readonly BatchPart[]): TransactionResult | null {
  const rejected = parts.flatMap(({ stream, rows }) =>
    rows.filter(({ row }) => stream.letters.has(row.message.offset)),
  );
  if (rejected.length > 0) {
    return { kind: 'rejected', rows: rejected.map(({ index }) => ({ index, reason: REASON })) };
  }
  const stored = new Set(
    parts.flatMap(({ stream, letters }) =>
      letters.filter(({ message }) => stream.events.has(message.offset)),
    ),
  );
  if (stored.size === 0) return null;
  const letters = [...batch.deadLetters.entries()].filter(([, letter]) => stored.has(letter));
  return { kind: 'already-stored', indexes: [], letters: letters.map(([index]) => index) };
}
