const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const OPEN_ARRAY = '['.charCodeAt(0);
const OPEN_OBJECT = '{'.charCodeAt(0);

/** The densest JSON: `[[[...]]]` takes two bytes for each value that is counted, `[[],[],...]` one and a half. */
const LEAST_BYTES = 1.5;

/**
 * Whether the text holds more JSON values than `limit`, told from its bytes alone: parsing takes some 60 to 170 bytes of
 * memory for each value, whatever its size in the text. Lists and objects count twice where they are empty. Text that
 * is no JSON gets some answer.
 */
export function hasMoreValues(text: Uint8Array, limit: number): boolean {
  if (text.length / LEAST_BYTES <= limit) return false;
  let values = 0;
  let at = 0;
  while (at < text.length) {
    const byte = text[at++];
    if (byte === QUOTE) at = endOfString(text, at);
    else if (byte === COMMA || byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      values += 1;
      if (values > limit) return true;
    }
  }
  return false;
}

function endOfString(text: Uint8Array, start: number): number {
  let at = start;
  while (at < text.length) {
    const byte = text[at++];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at += 1;
  }
  return at;
}
