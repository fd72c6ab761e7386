import { coordinatesText } from '#pipeline';
import type { DeadLetterKey } from '#warehouse';

/** Bound for one chunk, in characters or bytes of the values. */
const CHUNK_LENGTH = 8 * 1024 * 1024;

/** Groups letters into chunks that fit in memory, of at least one letter. */
export async function* chunked<T>(
  letters: Iterable<T> | AsyncIterable<T>,
  lengthOf: (letter: T) => number,
  maxLetters = 500,
): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  let length = 0;
  for await (const letter of letters) {
    const more = lengthOf(letter);
    if (chunk.length === maxLetters || (chunk.length > 0 && length + more > CHUNK_LENGTH)) {
      yield chunk;
      chunk = [];
      length = 0;
    }
    chunk.push(letter);
    length += more;
  }
  if (chunk.length > 0) yield chunk;
}

/** The identity of a letter, as a key for maps and sets. */
export function keyText(letter: DeadLetterKey): string {
  return `${coordinatesText(letter)} ${letter.timestampMs}`;
}
