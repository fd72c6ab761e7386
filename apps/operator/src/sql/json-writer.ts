import type { QueryColumn, QueryRow } from '#warehouse';
import { escaped, jsonText } from '../output/terminal.js';
import type { RowWriter } from './row-format.js';

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** An array with an object per row. */
export function jsonWriter(columns: readonly QueryColumn[]): RowWriter {
  const objectOf = objects(columns);
  let separator = '[\n  ';
  return {
    begin: () => '',
    row: (row) => {
      const text = `${separator}${objectOf(row)}`;
      separator = ',\n  ';
      return text;
    },
    end: () => (separator === ',\n  ' ? '\n]\n' : '[]\n'),
    isCut: false,
  };
}

/** A line with an object per row. */
export function ndjsonWriter(columns: readonly QueryColumn[]): RowWriter {
  const objectOf = objects(columns);
  return { begin: () => '', row: (row) => `${objectOf(row)}\n`, end: () => '', isCut: false };
}

/** Numbers keep all their digits, and JSON stays JSON. */
function objects(columns: readonly QueryColumn[]): (row: QueryRow) => string {
  const names = columns.map(({ name }) => jsonText(name));
  return (row) =>
    `{${row.map((text, index) => `${names[index] ?? ''}:${valueOf(text, columns[index]?.kind)}`).join(',')}}`;
}

function valueOf(text: string | null, kind: QueryColumn['kind'] = 'text'): string {
  if (text === null) return 'null';
  if (kind === 'number' && NUMBER.test(text)) return text;
  if (kind === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase();
  return (kind === 'json' ? compact(text) : null) ?? jsonText(text);
}

/** On one line, with all its digits; null if it is not JSON. */
function compact(text: string): string | null {
  try {
    JSON.parse(text);
    return escaped(text.replace(/\s*\n\s*/g, ' '));
  } catch {
    return null;
  }
}
