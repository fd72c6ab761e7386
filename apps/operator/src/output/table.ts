import { printable } from './printable.js';

export interface TableColumn {
  title: string;
  align?: 'right';
}

/** Rows under column titles, as wide as needed. Cells are escaped for the terminal. */
export function table(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => printable(cell)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => length(row[index] ?? ''))),
  );
  const line = (row: readonly string[]) =>
    columns
      .map(({ align }, index) => pad(row[index] ?? '', widths[index] ?? 0, align === 'right'))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)];
}

function pad(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - length(text)));
  return isRight ? space + text : text + space;
}

/** In code points. */
function length(text: string): number {
  return Array.from(text).length;
}
