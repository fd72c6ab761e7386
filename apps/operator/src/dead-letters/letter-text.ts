import { isUtf8 } from 'node:buffer';
import { coordinatesText, timeText } from '#pipeline';
import { letterFaults, time, valueText } from '#redrive';
import { count, wrapLine } from '#terminal';
import type { DeadLetterAction, DeadLetterEntry, OriginalValue } from '#warehouse';
import { hexDump } from '../output/hex-dump.js';
import { printable } from '#terminal';
import type { Terminal } from '../output/terminal.js';

const LABEL_WIDTH = 12;
const INDENT = '  ';
/** How many bytes of a binary value are shown; --json has them all. */
const DUMPED_BYTES = 4_096;

/** A dead letter for people, line by line. Untrusted content is escaped. */
export function letterText(
  letter: DeadLetterEntry,
  actions: readonly DeadLetterAction[],
  terminal: Terminal,
): string[] {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [terminal.styled('bold', title), ...lines.map((line) => INDENT + line)];
  const text = valueText(letter.value);
  const parts = [
    [
      `${terminal.styled('bold', coordinatesText(letter))}  ${terminal.styled('red', letter.errorType)}  ${letter.status ?? '(its status is in the table)'}`,
      ...facts(letter).flatMap((line) => wrapLine(line, terminal.width, LABEL_WIDTH)),
    ],
    section('Faults', faults(letter, terminal)),
    section('Actions', actions.map(actionText)),
    section('Headers', headers(letter)),
    section(valueTitle(letter.value, text), valueLines(letter.value, text)),
  ];
  return parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}

function facts(letter: DeadLetterEntry): string[] {
  const { storedAs, storedAtMs, redrivenAtMs, redriveId, resolvedAtMs, resolution } = letter;
  return [
    fact('Reason', letter.reason),
    fact('Event type', letter.eventType ?? '-'),
    fact('Produced', timeText(letter.timestampMs)),
    fact('Failed', `${time(letter.failedAtMs)}, attempt ${letter.attempt}`),
    fact('Key', keyText(letter)),
    ...(redrivenAtMs === null ? [] : [fact('Redriven', `${time(redrivenAtMs)} as ${redriveId ?? '-'}`)]),
    ...(storedAtMs === null || storedAs === null
      ? []
      : [fact('Stored', `${time(storedAtMs)} at ${coordinatesText(storedAs)}`)]),
    ...(resolvedAtMs === null ? [] : [fact('Resolved', `${time(resolvedAtMs)}: ${resolution ?? ''}`)]),
  ];
}

/** `2026-01-31T18:40:07.000Z redriven by anna, changed: customer_id (fixed at the source)` */
function actionText({ action, by, reason, changed, atMs }: DeadLetterAction): string {
  const what = action === 'redrive' ? 'redriven' : 'resolved';
  const change = changed === null ? '' : `, changed: ${changed}`;
  return printable(`${time(atMs)} ${what} by ${by}${change}${reason === null ? '' : ` (${reason})`}`);
}

function keyText({ key, keyCutOff }: DeadLetterEntry): string {
  if (keyCutOff === null) return key === null ? '-' : bytesText(key);
  const { totalBytes, sha256 } = keyCutOff;
  return key === null
    ? `(${count(totalBytes)} bytes, too large for the topic; the table has it)`
    : `${bytesText(key)}... (the first ${count(key.length)} of ${count(totalBytes)} bytes; SHA-256 ${sha256 ?? '-'})`;
}

function fact(name: string, value: string): string {
  return `${INDENT}${name.padEnd(LABEL_WIDTH)}${printable(value)}`;
}

/** Each faulty field with the expected and the found value, or the position of the JSON error. */
function faults(letter: DeadLetterEntry, terminal: Terminal): string[] {
  const { json, fields } = letterFaults(letter);
  if (json !== null) {
    return [`line ${json.line}, column ${json.column}`, printable(json.excerpt), json.pointer];
  }
  if (fields.length === 0) return [];
  return terminal.tableLines(
    ['FIELD', 'EXPECTED', 'FOUND'].map((title) => ({ title })),
    fields.map(({ field, expected, actualType, found }) => [
      field,
      expected,
      `${actualType} ${found}`.trim(),
    ]),
    INDENT.length,
  );
}

function headers({ headers: list, headersOmitted }: DeadLetterEntry): string[] {
  const lines = list.map(({ name, value }) =>
    value === null ? `${printable(name)} (null)` : `${printable(name)}: ${printable(bytesText(value))}`,
  );
  return headersOmitted === 0 ? lines : [...lines, `and ${count(headersOmitted)} more that were not kept`];
}

function valueTitle(value: OriginalValue, text: string | null): string {
  if (value.kind === 'none') return 'Value';
  if (value.kind === 'omitted') return `Value (${count(value.totalBytes)} bytes)`;
  const kind = text === null ? 'binary' : 'text';
  return value.kind === 'whole'
    ? `Value (${count(value.bytes.length)} bytes, ${kind})`
    : `Value (the first ${count(value.bytes.length)} of ${count(value.totalBytes)} bytes, ${kind}; SHA-256 ${value.sha256})`;
}

function valueLines(value: OriginalValue, text: string | null): string[] {
  if (value.kind === 'none') return ['none'];
  if (value.kind === 'omitted') return ['too large for the topic; the table has it'];
  if (text !== null) return printable(text, { lines: true }).split('\n');
  const dumped = hexDump(value.bytes.subarray(0, DUMPED_BYTES)).split('\n');
  const rest = value.bytes.length - DUMPED_BYTES;
  return rest > 0 ? [...dumped, `... ${count(rest)} bytes more`] : dumped;
}

function bytesText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : `0x${bytes.toString('hex')}`;
}
