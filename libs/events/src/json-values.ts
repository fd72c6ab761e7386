const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const OPEN_ARRAY = '['.charCodeAt(0);
const OPEN_OBJECT = '{'.charCodeAt(0);

/** The least bytes per counted value: `[[[...]]]` takes two, `[[],[],...]` one and a half. */
const LEAST_BYTES = 1.5;

/**
 * Whether the text contains more JSON values than `limit`. Scans the bytes without parsing, which would take about 60
 * to 170 bytes of memory per value, whatever its size in the text. Empty arrays and objects count twice. The result for
 * text that is not JSON is arbitrary.
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
