import { displayWidth, wrapLine } from '#terminal';
import { printable } from '#terminal';

export interface TableColumn {
  title: string;
  align?: 'right';
}

const GAP = '  ';
const CONTINUED = '    ';

/** In lines; a title or a row may take several. */
export interface TableText {
  titles: string[];
  rows: string[];
}

/**
 * Rows under column titles. Cells are escaped for the terminal.
 *
 * @param width in columns of the terminal. In a wider table, each row continues on further lines, which hold its last
 *   columns and are indented; only a cell that is too wide for a line of its own is wrapped, between words.
 */
export function table(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): TableText {
  const cells = rows.map((row) => row.map((cell) => printable(cell)));
  const widths = columns.map(({ title }, index) =>
    Math.max(...[title, ...cells.map((row) => row[index] ?? '')].map(displayWidth)),
  );
  const lines = fitted(widths, width);
  const layout = (row: readonly string[]) =>
    lines.flatMap((line, number) => {
      const text = line
        .map((index) => pad(row[index] ?? '', widths[index] ?? 0, columns[index]?.align === 'right'))
        .join(GAP)
        .trimEnd();
      return wrapLine((number === 0 ? '' : CONTINUED) + text, width, CONTINUED.length);
    });
  return { titles: layout(columns.map(({ title }) => title)), rows: cells.flatMap(layout) };
}

/** The columns of each line. */
function fitted(widths: readonly number[], width: number): number[][] {
  const lines: number[][] = [[]];
  let used = 0;
  for (const [index, needed] of widths.entries()) {
    const line = lines.at(-1) ?? [];
    if (line.length > 0 && used + GAP.length + needed > width) {
      lines.push([index]);
      used = CONTINUED.length + needed;
    } else {
      used += (line.length > 0 ? GAP.length : 0) + needed;
      line.push(index);
    }
  }
  return lines;
}

function pad(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return isRight ? space + text : text + space;
}
