/** The position at which a text stops being valid JSON, with its surroundings. */
export interface JsonFault {
  /** From 1; columns count UTF-16 code units. */
  line: number;
  column: number;
  excerpt: string;
  /** A caret under the faulty character of the excerpt. */
  pointer: string;
}

const AROUND = 40;

/** Null if the text is valid JSON, or the parser does not report a position. */
export function locateJsonFault(text: string): JsonFault | null {
  const position = faultPosition(text);
  if (position === null) return null;
  const before = text.slice(0, position);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = text.indexOf('\n', position);
  const start = Math.max(lineStart, position - AROUND);
  const end = Math.min(lineEnd === -1 ? text.length : lineEnd, position + AROUND);
  return {
    line: before.split('\n').length,
    column: position - lineStart + 1,
    // Replaces each character by exactly one, so that the pointer stays aligned.
    excerpt: text.slice(start, end).replace(/[\p{Cc}\p{Cs}]/gu, '.'),
    pointer: `${' '.repeat(position - start)}^`,
  };
}

function faultPosition(text: string): number | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (message === 'Unexpected end of JSON input') return text.length;
    // V8 reports the position at the end of its message, after an excerpt of the text.
    const position = / at position (\d+) \(line \d+ column \d+\)$/.exec(message)?.[1];
    return position === undefined ? null : Number(position);
  }
}
