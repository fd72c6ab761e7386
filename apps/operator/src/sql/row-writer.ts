import type { QueryColumn } from '#warehouse';
import { csvWriter } from './csv-writer.js';
import { jsonWriter, ndjsonWriter } from './json-writer.js';
import type { RowWriter } from './row-format.js';
import { tableWriter } from './table-writer.js';

export const FORMATS = ['table', 'csv', 'json', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

/** @param width the width of the terminal; null if the output is none */
export function rowWriter(format: Format, columns: readonly QueryColumn[], width: number | null): RowWriter {
  switch (format) {
    case 'table':
      return tableWriter(columns, width);
    case 'csv':
      return csvWriter(columns);
    case 'json':
      return jsonWriter(columns);
    case 'ndjson':
      return ndjsonWriter(columns);
  }
}
