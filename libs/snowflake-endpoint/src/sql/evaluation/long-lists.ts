import type { Row } from '../../state/tables.js';
import type { Compile } from './compile.js';
import { decompressed } from './functions.js';
import type { Frame } from './scope.js';
import type { Expression } from '../parsing/syntax.js';
import { asText } from '../types.js';
import { weighed } from './row-size.js';

/** Builds FLATTEN's row for an item of a list. */
type ItemRow = (item: string, index: number) => Row;

const READ = 3;

/**
 * FLATTEN(SPLIT(text, separator)) for benchmarks: builds the first three rows, of which the third also represents all that
 * follow. Null for any other expression.
 */
export function sampledList(
  input: Expression,
  compile: Compile,
  toRow: ItemRow,
): ((frame: Frame) => Row[]) | null {
  const [list, separator] = argumentsOf(input, 'SPLIT') ?? [];
  if (list === undefined || separator === undefined) return null;
  const bytes = bytesOf(list, compile);
  const mark = compile(separator);
  return (frame) => sampled(bytes(frame), Buffer.from(asText(mark.run(frame)) ?? ''), toRow);
}

/** Stays with bytes: decoding megabytes that are only counted would take longer than anything else. */
function bytesOf(text: Expression, compile: Compile): (frame: Frame) => Buffer {
  const [value, method] = (argumentsOf(text, 'DECOMPRESS_STRING') ?? [text]).map(compile);
  const textOf = (frame: Frame, of: typeof value) => (of && asText(of.run(frame))) ?? '';
  return method === undefined
    ? (frame) => Buffer.from(textOf(frame, value))
    : (frame) => decompressed(textOf(frame, value), textOf(frame, method));
}

function argumentsOf(input: Expression, name: string): readonly Expression[] | null {
  return input.kind === 'call' && input.name === name ? input.args : null;
}

function sampled(list: Buffer, separator: Buffer, toRow: ItemRow): Row[] {
  const rows: Row[] = [];
  let items = 0;
  for (let at = 0, end = 0; end >= 0; at = end + separator.length) {
    end = list.indexOf(separator, at);
    if (items < READ) rows.push(toRow(list.toString('utf8', at, end < 0 ? list.length : end), items));
    items += 1;
  }
  const last = rows.at(-1);
  if (last !== undefined) weighed(last, items - rows.length + 1);
  return rows;
}
