import { isUtf8 } from 'node:buffer';
import type { FieldFault } from '#events';
import type { DeadLetterEntry, OriginalValue } from '#warehouse';
import { locateJsonFault, type JsonFault } from './json-fault.js';

/** A faulty field, and the JSON text of its value: at most {@link SHOWN_FIELD} characters, empty if unknown. */
export type FoundFault = FieldFault & { found: string };

/** What is wrong with a letter: faulty fields, or the position at which its value stops being JSON. */
export interface LetterFaults {
  json: JsonFault | null;
  fields: FoundFault[];
}

const SHOWN_FIELD = 60;
/** Bounds the cost of parsing: values in a larger event are not shown. */
const PARSED_LENGTH = 1024 * 1024;

export function letterFaults({ errorType, details, value }: DeadLetterEntry): LetterFaults {
  const text = valueText(value);
  return {
    json: errorType === 'json_decode' && text !== null ? locateJsonFault(text) : null,
    fields: details.map((fault) => ({
      ...fault,
      found: fault.actualType === 'absent' ? '' : fieldText(text, fault.field),
    })),
  };
}

/** The value as text; null if there is none or it is not UTF-8. */
export function valueText(value: OriginalValue): string | null {
  return 'bytes' in value && isUtf8(value.bytes) ? value.bytes.toString('utf8') : null;
}

function fieldText(text: string | null, field: string): string {
  if (text === null || text.length > PARSED_LENGTH) return '';
  try {
    const event = JSON.parse(text) as Record<string, unknown>;
    const found = JSON.stringify(event[field]);
    return found.length > SHOWN_FIELD ? `${found.slice(0, SHOWN_FIELD)}...` : found;
  } catch {
    // The value is truncated or too deeply nested.
    return '';
  }
}
