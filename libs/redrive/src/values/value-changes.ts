import { isUtf8 } from 'node:buffer';
import { objectFields } from './object-fields.js';

/** What a redrive changes in a value. */
export interface ValueChange {
  /** The field's name; null if the values cannot be compared field by field. */
  field: string | null;
  /** Excerpts as JSON text, or as the values have them; null for a field that is added or removed. */
  before: string | null;
  after: string | null;
}

const SHOWN_LENGTH = 200;
/** How much of what stays the same is shown around a change. */
const AROUND = 30;
const SHOWN_BYTES = 32;

/** The differences, by field if both values are JSON objects. None if the values are equal. */
export function valueChanges(before: Buffer, after: Buffer): ValueChange[] {
  if (before.equals(after)) return [];
  const [old, fresh] = [fieldTexts(before), fieldTexts(after)];
  if (old === null || fresh === null) return [wholeChange(before, after)];
  const names = new Set([...old.keys(), ...fresh.keys()]);
  const changes = [...names]
    .map((field) => ({ field, before: old.get(field) ?? null, after: fresh.get(field) ?? null }))
    .filter((change) => change.before !== change.after)
    .map(({ field, before: from, after: to }) => ({ field, ...excerpts(from, to) }));
  return changes.length > 0 ? changes : [wholeChange(before, after)];
}

/** The names of the fields that differ, or `value` if it differs as a whole. Null if the values are equal. */
export function changedFields(before: Buffer, after: Buffer): string | null {
  const changes = valueChanges(before, after);
  return changes.length === 0 ? null : cut(changes.map(({ field }) => field ?? 'value').join(', '));
}

/** The text of each field's value; null if this is not a JSON object, or repeats a name. */
function fieldTexts(value: Buffer): Map<string, string> | null {
  const object = isUtf8(value) ? objectFields(value) : null;
  if (object === null) return null;
  const texts = new Map<string, string>();
  for (const { name, start, end } of object.fields) {
    const field = nameOf(name);
    if (field === null || texts.has(field)) return null;
    texts.set(field, value.toString('utf8', start, end));
  }
  return texts;
}

function nameOf(quoted: Buffer): string | null {
  try {
    return JSON.parse(quoted.toString('utf8')) as string;
  } catch {
    return null;
  }
}

function wholeChange(before: Buffer, after: Buffer): ValueChange {
  const isText = isUtf8(before) && isUtf8(after);
  return isText
    ? { field: null, ...excerpts(before.toString('utf8'), after.toString('utf8')) }
    : { field: null, before: bytesText(before), after: bytesText(after) };
}

function bytesText(bytes: Buffer): string {
  if (isUtf8(bytes)) return cut(bytes.toString('utf8'));
  const more = bytes.length > SHOWN_BYTES ? '...' : '';
  return `0x${bytes.toString('hex', 0, SHOWN_BYTES)}${more} (${bytes.length.toLocaleString('en')} bytes)`;
}

/** Both texts around the part that differs. */
function excerpts(before: string | null, after: string | null): Omit<ValueChange, 'field'> {
  if (before === null || after === null || (before.length <= SHOWN_LENGTH && after.length <= SHOWN_LENGTH)) {
    return { before: before === null ? null : cut(before), after: after === null ? null : cut(after) };
  }
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const excerpt = (text: string) => {
    const from = Math.max(0, start - AROUND);
    const to = Math.min(text.length, Math.max(start, text.length - end) + AROUND);
    const shown = text.slice(from, Math.min(to, from + SHOWN_LENGTH));
    return `${from > 0 ? '...' : ''}${shown}${from + shown.length < text.length ? '...' : ''}`;
  };
  return { before: excerpt(before), after: excerpt(after) };
}

function cut(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text;
}
