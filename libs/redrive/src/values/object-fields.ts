const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);
const COLON = ':'.charCodeAt(0);
const OPENING = new Set(Buffer.from('[{'));
const CLOSING = new Set(Buffer.from(']}'));
const OPEN_OBJECT = '{'.charCodeAt(0);
const CLOSE_OBJECT = '}'.charCodeAt(0);
const SPACE = new Set(Buffer.from(' \t\r\n'));

/** A field of a JSON object: the bytes of its quoted name, and where its value begins and ends. */
export interface FieldSpan {
  name: Buffer;
  start: number;
  end: number;
}

/**
 * Locates the fields of a JSON object and its closing brace. Values may be invalid, and text not UTF-8, as long as
 * strings and brackets are closed. Null for anything else.
 */
export function objectFields(bytes: Buffer): { fields: FieldSpan[]; end: number } | null {
  const fields: FieldSpan[] = [];
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN_OBJECT) return null;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] !== CLOSE_OBJECT || fields.length > 0) {
    if (bytes[at] !== QUOTE) return null;
    const nameEnd = endOfString(bytes, at);
    const colon = skipSpace(bytes, nameEnd);
    if (bytes[colon] !== COLON) return null;
    const start = skipSpace(bytes, colon + 1);
    const next = endOfValue(bytes, start);
    const end = skipSpaceBack(bytes, next);
    if (end <= start) return null;
    fields.push({ name: bytes.subarray(at, nameEnd), start, end });
    at = next;
    if (bytes[at] === CLOSE_OBJECT) break;
    if (bytes[at] !== COMMA) return null;
    at = skipSpace(bytes, at + 1);
  }
  return skipSpace(bytes, at + 1) === bytes.length ? { fields, end: at } : null;
}

/** The position of the comma or bracket after a value. */
function endOfValue(bytes: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
      continue;
    }
    if (depth === 0 && (byte === COMMA || CLOSING.has(byte))) return at;
    if (OPENING.has(byte)) depth += 1;
    else if (CLOSING.has(byte)) depth -= 1;
    at += 1;
  }
  return at;
}

/** The position after the closing quotation mark, or the end of the bytes if it is missing. */
function endOfString(bytes: Buffer, opening: number): number {
  let at = opening + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, bytes.length);
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (SPACE.has(bytes[at] ?? 0)) at += 1;
  return at;
}

function skipSpaceBack(bytes: Buffer, from: number): number {
  let at = from;
  while (SPACE.has(bytes[at - 1] ?? 0)) at -= 1;
  return at;
}
