import type { Row } from '../tables.js';
import type { Compile } from './compile.js';
import type { Frame } from './scope.js';
import type { Expression } from './syntax.js';
import { asText } from './types.js';
import { weighed } from './weights.js';

/** What FLATTEN makes of an item of a list. */
type ItemRow = (item: string, index: number) => Row;

const READ = 3;

/**
 * FLATTEN(SPLIT(text, separator)) for benchmarks: the first two rows are made, and the third for all that follow.
 * Null for any other expression.
 */
export function sampledList(
  input: Expression,
  compile: Compile,
  toRow: ItemRow,
): ((frame: Frame) => Row[]) | null {
  if (input.kind !== 'call' || input.name !== 'SPLIT') return null;
  const [list, separator] = input.args.map(compile);
  if (list === undefined || separator === undefined) return null;
  const text = (frame: Frame, { run }: typeof list) => asText(run(frame)) ?? '';
  return (frame) => sampled(text(frame, list), text(frame, separator), toRow);
}

function sampled(list: string, separator: string, toRow: ItemRow): Row[] {
  const rows: Row[] = [];
  let items = 0;
  for (let at = 0, end = 0; end >= 0; at = end + separator.length) {
    end = list.indexOf(separator, at);
    if (items < READ) rows.push(toRow(list.slice(at, end < 0 ? list.length : end), items));
    items += 1;
  }
  const last = rows.at(-1);
  if (last !== undefined) weighed(last, items - rows.length + 1);
  return rows;
}
