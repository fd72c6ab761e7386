/**
 * Writes JSON straight into bytes, without intermediate strings; text stays UTF-8. Each function writes at `at` and
 * returns the position after what it wrote. The caller makes sure that there is room.
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const MINUS = 0x2d;
const ZERO = 0x30;

export const NULL = Buffer.from('null');

/** The control characters as JSON escapes them. */
const ESCAPES = Array.from({ length: FIRST_PRINTABLE }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
);

/** `\u0000`. */
const LONGEST_ESCAPE = 6;

/** An upper bound of longer texts would be too much memory, so they are counted. */
const SHORT_BYTES = 16 * 1024;

/** The most that {@link writeText} writes for a text of this length. */
export function mostTextBytes(length: number): number {
  return 2 + LONGEST_ESCAPE * length;
}

/** The room for this text: an upper bound if it is short, otherwise its size as JSON. */
export function roomForText(utf8: Uint8Array): number {
  return utf8.length <= SHORT_BYTES ? mostTextBytes(utf8.length) : textBytes(utf8);
}

/** Returns how much {@link writeText} writes. */
function textBytes(utf8: Uint8Array): number {
  let bytes = 2 + utf8.length;
  let index = 0;
  while (index < utf8.length) {
    const byte = utf8[index++] ?? 0;
    if (byte < FIRST_PRINTABLE) bytes += (ESCAPES[byte]?.length ?? LONGEST_ESCAPE) - 1;
    else if (byte === QUOTE || byte === BACKSLASH) bytes += 1;
  }
  return bytes;
}

/** Writes a JSON string. */
export function writeText(utf8: Uint8Array, into: Uint8Array, at: number): number {
  let end = at;
  into[end++] = QUOTE;
  let index = 0;
  // By index: an iterator takes more than twice the time.
  while (index < utf8.length) {
    const byte = utf8[index++] ?? 0;
    if (byte < FIRST_PRINTABLE) {
      end = writeBytes(ESCAPES[byte] ?? [], into, end);
      continue;
    }
    if (byte === QUOTE || byte === BACKSLASH) into[end++] = BACKSLASH;
    into[end++] = byte;
  }
  into[end++] = QUOTE;
  return end;
}

/** @param value an integer that a number holds exactly */
export function writeInteger(value: number, into: Uint8Array, at: number): number {
  let end = at;
  let rest = value;
  if (rest < 0) {
    into[end++] = MINUS;
    rest = -rest;
  }
  let digits = 1;
  for (let power = 10; power <= rest; power *= 10) digits += 1;
  for (let place = end + digits - 1; place >= end; place -= 1) {
    const tens = Math.floor(rest / 10);
    into[place] = rest - tens * 10 + ZERO;
    rest = tens;
  }
  return end + digits;
}

/** @param value null, or an integer as of {@link writeInteger} */
export function writeIntegerOrNull(value: number | null, into: Uint8Array, at: number): number {
  return value === null ? writeBytes(NULL, into, at) : writeInteger(value, into, at);
}

/** For short arrays: the engine's own copy has a higher fixed cost. */
export function writeBytes(bytes: ArrayLike<number>, into: Uint8Array, at: number): number {
  for (let index = 0; index < bytes.length; index += 1) into[at + index] = bytes[index] ?? 0;
  return at + bytes.length;
}
