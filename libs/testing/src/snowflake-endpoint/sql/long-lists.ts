import type { Row } from '../tables.js';
import type { Compile } from './compile.js';
import { decompressed } from './functions.js';
import type { Frame } from './scope.js';
import type { Expression } from './syntax.js';
import { asText, Variant } from './types.js';
import { weighed } from './weights.js';

type Call = Expression & { kind: 'call' };

/** What FLATTEN makes of an item of a list. */
type ItemRow = (item: string, index: number) => Row;

/**
 * FLATTEN(SPLIT(text, separator)) for benchmarks: the first two rows are made, and the third for all that follow.
 * Null for any other expression.
 */
export function sampledList(
  input: Expression,
  compile: Compile,
  toRow: ItemRow,
): ((frame: Frame) => Row[]) | null {
  if (!isCall(input, 'SPLIT')) return null;
  const [list, separator] = input.args;
  if (list === undefined || separator === undefined) return null;
  const bytesOf = compileBytes(list, compile);
  const compiledSeparator = compile(separator);
  return (frame) => sampled(bytesOf(frame), asText(compiledSeparator.run(frame)) ?? '', toRow);
}

/** Without the text, where it comes compressed: making one of some megabytes takes longer than all the rest. */
function compileBytes(list: Expression, compile: Compile): (frame: Frame) => Buffer {
  const [compressed, method] = isCall(list, 'DECOMPRESS_STRING') ? list.args.map(compile) : [];
  if (compressed !== undefined && method !== undefined) {
    const text = (frame: Frame, { run }: typeof method) => asText(run(frame)) ?? '';
    return (frame) => decompressed(text(frame, compressed), text(frame, method));
  }
  const whole = compile(list);
  return (frame) => Buffer.from(asText(whole.run(frame)) ?? '');
}

const READ = 3;

function sampled(list: Buffer, separator: string, toRow: ItemRow): Row[] {
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

function isCall(expression: Expression, name: string): expression is Call {
  return expression.kind === 'call' && expression.name === name;
}
