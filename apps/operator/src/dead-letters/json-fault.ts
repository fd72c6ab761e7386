/** Where a text stops being JSON, and what is around that place. */
export interface JsonFault {
  /** From 1; columns are counted in characters of JavaScript. */
  line: number;
  column: number;
  excerpt: string;
  /** Stands under the excerpt's character at which it goes wrong. */
  pointer: string;
}

const AROUND = 40;

/** Null where the text is JSON after all, or the parser does not say where it goes wrong. */
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
    // Every character keeps the width of one, so that the pointer stands under the right one.
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
    // V8 puts the place at the end of its message, after a quotation of the text.
    const position = / at position (\d+) \(line \d+ column \d+\)$/.exec(message)?.[1];
    return position === undefined ? null : Number(position);
  }
}
