import { isAscii, isUtf8 } from 'node:buffer';
import { isJsonObject, jsonType } from './json.js';
import type { JsonObject } from './json.js';
import { hasMoreValues } from './json-values.js';
import { registrySchemaId } from './registry-frame.js';
import type { RejectionType } from './validation-result.js';

export type Decoded =
  { kind: 'object'; object: JsonObject } | { kind: 'refused'; type: RejectionType; reason: string };

/** Limits the cost of parsing a value. */
export interface DecodeLimits {
  maxBytes: number;
  /** The most JSON values: each costs memory, however short it is. */
  maxValues: number;
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * Parses a message's value as a JSON object. Of duplicate keys the last one counts. Refuses a value with too many bytes
 * or JSON values before it is parsed; nesting is not limited otherwise.
 */
export function decode(value: Buffer, { maxBytes, maxValues }: DecodeLimits): Decoded {
  if (value.length > maxBytes) {
    return refused('too_large', `The value has ${value.length} bytes; the limit is ${maxBytes}.`);
  }
  if (value.length === 0) return refused('json_decode', 'The value is empty.');
  if (hasMoreValues(value, maxValues)) {
    return refused('too_large', `The value has more than ${maxValues} JSON values, which is the limit.`);
  }
  const isAsciiText = isAscii(value);
  if (!isAsciiText && !isUtf8(value))
    return refused('json_decode', registryFrame(value) ?? 'The value is not UTF-8.');
  let parsed: unknown;
  try {
    // ASCII text is the same in both encodings. Latin-1 takes less than half the time to decode.
    parsed = JSON.parse(isAsciiText ? value.toString('latin1') : value.toString('utf8'));
  } catch (error) {
    return refused('json_decode', whyNotJson(value, error));
  }
  return isJsonObject(parsed)
    ? { kind: 'object', object: parsed }
    : refused('not_an_object', `The value is JSON, but its type is ${jsonType(parsed)}, not object.`);
}

/** The text of a field, or its JSON if it is no text; null if it is absent or null. */
export function fieldText(object: JsonObject, field: string): string | null {
  const found = Object.hasOwn(object, field) ? object[field] : null;
  return found === null || typeof found === 'string' ? found : JSON.stringify(found);
}

function whyNotJson(value: Buffer, error: unknown): string {
  // RFC 8259 forbids senders to add one, and the warehouse parses the text unchanged.
  if (value.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
    return 'The value starts with a byte order mark, which is not JSON.';
  }
  return registryFrame(value) ?? `The value is not JSON${whereParsingFailed(error)}.`;
}

/** Names what it is: the framed bytes, often Avro or Protobuf, would look like any broken text. */
function registryFrame(value: Buffer): string | null {
  const id = registrySchemaId(value);
  if (id === null) return null;
  return (
    `The value is not JSON: it begins with the frame of a schema registry (magic byte 0, schema id ${id}), ` +
    'so its producer serializes with that registry.'
  );
}

/** Returns only the position at the end of V8's message: the message itself may quote the event. */
function whereParsingFailed(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (message === 'Unexpected end of JSON input') return ': it ends unexpectedly';
  const position = / at position (\d+) \(line \d+ column \d+\)$/.exec(message)?.[1];
  return position === undefined ? '' : `: parsing fails at character ${Number(position) + 1}`;
}

function refused(type: RejectionType, reason: string): Decoded {
  return { kind: 'refused', type, reason };
}
