import type { QueryColumn } from '#warehouse';
import type { RowWriter } from './row-format.js';

/** NULL is empty, and an empty text is quoted. */
export function csvWriter(columns: readonly QueryColumn[]): RowWriter {
  const line = (cells: readonly (string | null)[]) => `${cells.map(cellOf).join(',')}\n`;
  return { begin: () => line(columns.map(({ name }) => name)), row: line, end: () => '', isCut: false };
}

function cellOf(text: string | null): string {
  if (text === null) return '';
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
