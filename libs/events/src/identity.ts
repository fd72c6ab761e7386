import { isUtf8 } from 'node:buffer';
import { dtoClassOf } from './event-types.js';
import { isJsonObject } from './json.js';
import { EVENT_TYPE_FIELD } from './contracts/validate.js';

/**
 * Returns the text by which an event can be told from all others: its type and its id. Null if the value is not an event
 * of a known type, or has no id.
 */
export function identityOf(value: Buffer): string | null {
  if (!isUtf8(value)) return null;
  try {
    const event: unknown = JSON.parse(value.toString('utf8'));
    if (!isJsonObject(event)) return null;
    const eventType = event[EVENT_TYPE_FIELD];
    const dtoClass = typeof eventType === 'string' ? dtoClassOf(eventType) : undefined;
    const id = dtoClass === undefined ? undefined : event[dtoClass.identity];
    // The hexadecimal digits of a UUID may be in either case.
    return typeof id === 'string' ? `${String(eventType)} ${id.toLowerCase()}` : null;
  } catch {
    return null;
  }
}
