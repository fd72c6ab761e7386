import { UsageError } from '../failures.js';

declare global {
  interface JSON {
    /** A value whose JSON is this very text: of ECMAScript 2026, and of Node 22 on. */
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
  }
}

/** A field of an event and the value that it is to have. */
export interface FieldPatch {
  field: string;
  value: unknown;
}

/** `customer_id=5`: the value is JSON, or else text as it stands. */
export function parsePatch(text: string): FieldPatch {
  const [, field, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (field === undefined || value === undefined) {
    throw new UsageError(`--set is "${text}"; expected field=value, such as customer_id=5.`);
  }
  return { field, value: jsonOrText(value) };
}

/**
 * The event with these fields, those that it lacks at its end. Numbers that are not touched keep their digits,
 * whatever JavaScript can count.
 *
 * @returns null if the value is no JSON object, or nests deeper than can be followed
 */
export function patched(value: Buffer, patches: readonly FieldPatch[]): Buffer | null {
  const event = parse(value.toString('utf8'));
  const isObject = typeof event === 'object' && event !== null && !Array.isArray(event);
  if (!isObject || JSON.isRawJSON(event)) return null;
  const fields = Object.fromEntries(patches.map((patch) => [patch.field, patch.value]));
  return Buffer.from(JSON.stringify({ ...event, ...fields }));
}

function jsonOrText(text: string): unknown {
  const value = parse(text);
  return value === undefined ? text : value;
}

/** Undefined where the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined ? JSON.rawJSON(source) : value,
    );
  } catch {
    return undefined;
  }
}
