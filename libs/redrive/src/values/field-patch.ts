import { isUtf8 } from 'node:buffer';
import { objectFields } from './object-fields.js';

/** A field of an event and the JSON text of its new value. */
export interface FieldPatch {
  field: string;
  json: string;
}

/** Parses `customer_id=5`. A value that is not JSON is taken as text. Null if this is no assignment. */
export function parsePatch(text: string): FieldPatch | null {
  const [, field, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (field === undefined || value === undefined) return null;
  return { field, json: isJson(value) ? value.trim() : JSON.stringify(value) };
}

/**
 * Sets these fields of the event; appends missing ones. Every other byte stays the same, even an invalid one: other
 * faults are still rejected, and nothing is stored that nobody sent.
 *
 * @returns null if the value is not a JSON object whose fields can be located
 */
export function patched(value: Buffer, patches: readonly FieldPatch[]): Buffer | null {
  const object = objectFields(value);
  if (object === null) return null;
  const wanted = new Map(patches.map(({ field, json }) => [field, json]));
  const missing = new Map(wanted);
  const pieces: (Buffer | string)[] = [];
  let at = 0;
  for (const { name, start, end } of object.fields) {
    const field = nameOf(name);
    const json = field === null ? undefined : wanted.get(field);
    if (field === null || json === undefined) continue;
    pieces.push(value.subarray(at, start), json);
    at = end;
    missing.delete(field);
  }
  const added = [...missing].map(([field, json]) => `${JSON.stringify(field)}:${json}`);
  const comma = object.fields.length > 0 && added.length > 0 ? ',' : '';
  pieces.push(value.subarray(at, object.end), comma, added.join(','), value.subarray(object.end));
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

function nameOf(quoted: Buffer): string | null {
  if (!isUtf8(quoted)) return null;
  try {
    return JSON.parse(quoted.toString('utf8')) as string;
  } catch {
    return null;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
