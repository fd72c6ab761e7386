import { coordinatesText, type Coordinates } from '#pipeline';
import type { DeadLetterEntry, DeadLetterStore, FoundDeadLetter } from '#warehouse';
import { ANY_DEAD_LETTER } from '#warehouse';
import { OperationError } from '../failures.js';

/** How much is held of letters at a time, in characters of their values. */
const CHUNK_CHARACTERS = 8 * 1024 * 1024;

/** Cuts letters into chunks that memory holds, one letter at least. */
export function* chunked(
  letters: readonly FoundDeadLetter[],
  maxLetters = 500,
): Generator<FoundDeadLetter[]> {
  let chunk: FoundDeadLetter[] = [];
  let length = 0;
  for (const letter of letters) {
    if (chunk.length === maxLetters || (chunk.length > 0 && length + letter.length > CHUNK_CHARACTERS)) {
      yield chunk;
      chunk = [];
      length = 0;
    }
    chunk.push(letter);
    length += letter.length;
  }
  if (chunk.length > 0) yield chunk;
}

/** Reads letters in their order, without ever holding all of them. */
export async function* readAll(
  store: DeadLetterStore,
  letters: readonly FoundDeadLetter[],
): AsyncGenerator<DeadLetterEntry> {
  for (const chunk of chunked(letters)) yield* await store.read(chunk);
}

/** @throws OperationError that names every id which no dead letter has */
export async function expectAll(store: DeadLetterStore, ids: readonly Coordinates[]): Promise<void> {
  if (ids.length === 0) return;
  const found = new Set((await store.find({ ...ANY_DEAD_LETTER, ids })).map(coordinatesText));
  const missing = ids.map(coordinatesText).filter((id) => !found.has(id));
  if (missing.length > 0) throw new OperationError(`There is no dead letter ${missing.join(', ')}.`);
}
