import { generatedPart, blocks, type Document } from '../documents/markdown.js';

type Row = Record<string, unknown>;

/** A view's description in the document. */
export interface ViewSection {
  view: string;
  columns: string[];
  query: string;
  /** The result table of the query. */
  answer: string;
}

/** The sections whose title is a view. */
export function viewSections({ path, text }: Document): ViewSection[] {
  return text
    .split(/^## /m)
    .filter((section) => /^`[A-Z_]+`\n/.test(section))
    .map((section) => {
      const page = { path, text: section };
      const answer = generatedPart(page, 'answer');
      const columns = [...section.replace(answer, '').matchAll(/^\| `([A-Z_]+)`/gm)];
      return {
        view: /^`([A-Z_]+)`/.exec(section)?.[1] ?? '',
        columns: columns.map(([, name = '']) => name),
        query: blocks(page, 'sql')[0] ?? '',
        answer,
      };
    });
}

/** Rows of a driver with times as ISO text, and rounded: some engines turn decimal sums into doubles. */
export function plainRows(rows: readonly Row[]): Row[] {
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
  );
}

/** Rows as cells of a Markdown table, below their column names. */
export function exampleText(rows: readonly Row[]): string[][] {
  return [
    Object.keys(rows[0] ?? {}),
    ...plainRows(rows).map((row) =>
      Object.values(row).map((cell) =>
        cell === null ? '' : typeof cell === 'string' ? shortened(cell) : JSON.stringify(cell),
      ),
    ),
  ];
}

function plain(value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1e6) / 1e6;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Date ? value.toISOString() : value;
}

/** A time as a date, or to the second. */
function shortened(text: string): string {
  return text.replace('T00:00:00.000Z', '').replace(/T(.*)\.\d+Z$/, ' $1');
}
