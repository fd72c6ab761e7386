import type { QueryColumn, QueryRow } from '#warehouse';
import { printable } from '#terminal';
import type { RowWriter } from './row-format.js';

/** The widths of the columns follow from the first rows; later rows are written as they arrive. */
const MEASURED_ROWS = 1_000;
const GAP = '  ';
/** A column is never cut below this width; if the columns do not fit then, each row becomes a block of lines. */
const LEAST_WIDTH = 8;
const NULL = 'NULL';
const CUT = '…';

/**
 * Rows under column titles, numbers to the right. On a terminal, the widest columns are cut so that a row fits one line; if
 * there are too many columns, each row becomes a block with a line per column.
 */
export function tableWriter(columns: readonly QueryColumn[], width: number | null): RowWriter {
  const titles = columns.map(({ name }) => printable(name));
  let pending: string[][] | null = [];
  let layout: ((cells: readonly string[]) => string) | null = null;
  const writer = {
    isCut: false,
    begin: () => '',
    row(row: QueryRow): string {
      const cells = row.map((text) => (text === null ? NULL : printable(text)));
      if (layout !== null) return layout(cells);
      pending?.push(cells);
      return pending?.length === MEASURED_ROWS ? flush() : '';
    },
    end: () => (layout === null ? flush() : ''),
  };
  const cut = (text: string, most: number) => {
    const characters = Array.from(text);
    if (characters.length <= most) return text;
    writer.isCut = true;
    return `${characters.slice(0, most - 1).join('')}${CUT}`;
  };

  function flush(): string {
    const rows = pending ?? [];
    pending = null;
    const needed = titles.map((title, column) =>
      Math.max(lengthOf(title), ...rows.map((cells) => lengthOf(cells[column] ?? ''))),
    );
    const widths = width === null ? needed : fitted(needed, width);
    if (widths === null) {
      layout = (cells) => block(titles, cells, width ?? Infinity, cut);
      return rows.map(layout).join('');
    }
    const line = (cells: readonly string[]) =>
      `${cells
        .map((cell, column) => pad(cut(cell, widths[column] ?? 0), widths[column] ?? 0, columns[column]))
        .join(GAP)
        .trimEnd()}\n`;
    // A terminal shows what does not fit; elsewhere a later, longer value moves the columns to its right.
    layout =
      width === null
        ? (cells) =>
            `${cells
              .map((cell, at) => pad(cell, widths[at] ?? 0, columns[at]))
              .join(GAP)
              .trimEnd()}\n`
        : line;
    return [titles, ...rows].map(layout).join('');
  }

  return writer;
}

/** The widths that the columns get; null if they do not fit. */
function fitted(needed: readonly number[], width: number): number[] | null {
  const available = width - GAP.length * (needed.length - 1);
  const total = (most: number) => needed.reduce((sum, each) => sum + Math.min(each, most), 0);
  let most = Math.max(...needed, 0);
  while (total(most) > available && most >= LEAST_WIDTH) most--;
  return most < LEAST_WIDTH && total(most) > available ? null : needed.map((each) => Math.min(each, most));
}

function block(
  titles: readonly string[],
  cells: readonly string[],
  width: number,
  cut: (text: string, most: number) => string,
): string {
  const label = Math.min(Math.max(...titles.map(lengthOf)), 30);
  const lines = cells.map(
    (cell, column) =>
      `${pad(cut(titles[column] ?? '', label), label)}${GAP}${cut(cell, Math.max(LEAST_WIDTH, width - label - GAP.length))}\n`,
  );
  return `${lines.join('')}\n`;
}

function pad(text: string, width: number, column?: QueryColumn): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return column?.kind === 'number' ? space + text : text + space;
}

/** In code points. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}
