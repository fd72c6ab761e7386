import type { Actor, DeadLetterFilter, DeadLetterStatus, DeadLetterStore, FoundDeadLetter } from '#warehouse';
import { chunked } from './letters/chunks.js';

/** Stored letters need no resolution, and resolved ones keep their reason. */
const UNSETTLED: readonly DeadLetterStatus[] = ['open', 'redriven'];

/** The letters that match and can be resolved. Throws FaultError. */
export function findUnsettled(store: DeadLetterStore, filter: DeadLetterFilter): Promise<FoundDeadLetter[]> {
  const statuses = UNSETTLED.filter((status) => filter.statuses?.includes(status) ?? true);
  return store.find({ ...filter, statuses });
}

/** Resolves them in chunks. Throws FaultError; the same call again resolves the rest. */
export async function resolveLetters(
  store: DeadLetterStore,
  letters: readonly FoundDeadLetter[],
  by: Actor & { reason: string },
): Promise<void> {
  for await (const chunk of chunked(letters, ({ length }) => length)) await store.resolve(chunk, by);
}
