import { isUtf8 } from 'node:buffer';
import type { FieldFault } from '#events';
import type { DeadLetterEntry, OriginalValue } from '#warehouse';
import { objectFields } from '../values/object-fields.js';
import { locateJsonFault, type JsonFault } from './json-fault.js';

/** A faulty field, and where its value is. */
export interface FoundFault extends FieldFault {
  /** Positions in the text of the letter's value, in UTF-16 code units; null if it is absent or cannot be located. */
  at: { start: number; end: number } | null;
  /** The text there, of at most {@link SHOWN_FIELD} characters. */
  found: string;
}

/** What is wrong with a letter: faulty fields, or the position at which its value stops being JSON. */
export interface LetterFaults {
  json: JsonFault | null;
  fields: FoundFault[];
}

const SHOWN_FIELD = 60;
/** Bounds the cost of the search: values in a larger event are not shown. */
const SEARCHED_BYTES = 1024 * 1024;

export function letterFaults({ errorType, details, value }: DeadLetterEntry): LetterFaults {
  const text = valueText(value);
  const spans =
    text === null || details.length === 0 ? new Map<string, never>() : fieldSpans(Buffer.from(text));
  return {
    json: errorType === 'json_decode' && text !== null ? locateJsonFault(text) : null,
    fields: details.map((fault) => {
      const at = spans.get(fault.field) ?? null;
      const found = at === null ? '' : (text ?? '').slice(at.start, at.end);
      return {
        ...fault,
        at,
        found: found.length > SHOWN_FIELD ? `${found.slice(0, SHOWN_FIELD)}...` : found,
      };
    }),
  };
}

/** The value as text; null if there is none or it is not UTF-8. */
export function valueText(value: OriginalValue): string | null {
  return 'bytes' in value && isUtf8(value.bytes) ? value.bytes.toString('utf8') : null;
}

/** Where each field's value is; of a repeated name the last one, which counts. */
function fieldSpans(bytes: Buffer): Map<string, { start: number; end: number }> {
  const spans = new Map<string, { start: number; end: number }>();
  const object = bytes.length > SEARCHED_BYTES ? null : objectFields(bytes);
  const position = { bytes: 0, units: 0 };
  const unitsAt = (at: number) => {
    position.units += bytes.toString('utf8', position.bytes, at).length;
    position.bytes = at;
    return position.units;
  };
  for (const { name, start, end } of object?.fields ?? []) {
    spans.set(nameOf(name.toString('utf8')), { start: unitsAt(start), end: unitsAt(end) });
  }
  return spans;
}

function nameOf(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}
