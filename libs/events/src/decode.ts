import { isAscii, isUtf8 } from 'node:buffer';
import { isJsonObject, jsonType } from './json.js';
import type { JsonObject } from './json.js';
import { hasMoreValues } from './json-values.js';
import { registrySchemaId } from './registry-frame.js';
import type { RejectionType } from './validation-result.js';

/** `isText` is false if text is not decoded yet, see {@link textOf}. */
export interface DecodedObject {
  kind: 'object';
  object: JsonObject;
  isText: boolean;
}

export type Decoded = DecodedObject | { kind: 'refused'; type: RejectionType; reason: string };

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
 *
 * Decodes the bytes as Latin-1, which is cheaper than UTF-8: a non-ASCII character becomes one character per byte. This
 * affects neither the validity of the JSON nor ASCII keys and text. {@link textOf} returns the properly decoded object.
 */
export function decode(value: Buffer, { maxBytes, maxValues }: DecodeLimits): Decoded {
  if (value.length > maxBytes) {
    return refused('too_large', `The value has ${value.length} bytes; the limit is ${maxBytes}.`);
  }
  if (value.length === 0) return refused('json_decode', 'The value is empty.');
  if (hasMoreValues(value, maxValues)) {
    return refused('too_large', `The value has more than ${maxValues} JSON values, which is the limit.`);
  }
  const isText = isAscii(value);
  if (!isText && !isUtf8(value))
    return refused('json_decode', registryFrame(value) ?? 'The value is not UTF-8.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString('latin1'));
  } catch (error) {
    return refused('json_decode', whyNotJson(value, isText ? error : parsingError(value)));
  }
  return isJsonObject(parsed)
    ? { kind: 'object', object: parsed, isText }
    : refused('not_an_object', `The value is JSON, but its type is ${jsonType(parsed)}, not object.`);
}

/** The text of a field, or its JSON if it is no text; null if it is absent or null. */
export function fieldText({ object, isText }: DecodedObject, field: string): string | null {
  const found = Object.hasOwn(object, field) ? object[field] : null;
  if (found === null) return null;
  const text = typeof found === 'string' ? found : JSON.stringify(found);
  return isText ? text : utf8Of(text);
}

/** Decodes text that {@link decode} left as one character per byte. Escapes (`\u00e9`) stand for themselves. */
function utf8Of(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) && bytes.toString('latin1') === text ? bytes.toString('utf8') : text;
}

/** Parses a value that {@link decode} accepted, with its text decoded as UTF-8. */
export function textOf(value: Buffer): JsonObject {
  return JSON.parse(value.toString('utf8')) as JsonObject;
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

/** The parsing error for the text decoded as UTF-8: V8's message and position differ from those for Latin-1. */
function parsingError(value: Buffer): unknown {
  try {
    return textOf(value);
  } catch (error) {
    return error;
  }
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
