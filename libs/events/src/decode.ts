import { isAscii, isUtf8 } from 'node:buffer';
import { isJsonObject, jsonType } from './json.js';
import type { JsonObject } from './json.js';
import { hasMoreValues } from './json-values.js';
import type { RejectionType } from './validation-result.js';

/** `isText` is false where the object's text is {@link textOf not text yet}. */
export type Decoded =
  | { kind: 'object'; object: JsonObject; isText: boolean }
  | { kind: 'refused'; type: RejectionType; reason: string };

/** What bounds the cost of reading a value. */
export interface DecodeLimits {
  maxBytes: number;
  /** The most values of JSON: each costs memory however short it is. */
  maxValues: number;
}

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/**
 * Reads a message's value as a JSON object. Of a key that comes twice the last counts. What is too large, in bytes or in
 * values, is refused before it is parsed; nesting has no other limit.
 *
 * Characters beyond ASCII are cheaper to leave as they are: one character for each of their bytes. That changes nothing
 * of what is JSON, nor of keys and text that are ASCII; {@link textOf} gives the object as it is meant.
 */
export function decode(value: Buffer, { maxBytes, maxValues }: DecodeLimits): Decoded {
  if (value.length > maxBytes) {
    return refused('too_large', `The value has ${value.length} bytes; the limit is ${maxBytes}.`);
  }
  if (value.length === 0) return refused('json_decode', 'The value is empty.');
  if (hasMoreValues(value, maxValues)) {
    return refused('too_large', `The value has more than ${maxValues} values of JSON; that is the limit.`);
  }
  const isText = isAscii(value);
  if (!isText && !isUtf8(value)) return refused('json_decode', 'The value is not UTF-8.');
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

/** The object of a value that {@link decode} took, with its text read as UTF-8. */
export function textOf(value: Buffer): JsonObject {
  return JSON.parse(value.toString('utf8')) as JsonObject;
}

function whyNotJson(value: Buffer, error: unknown): string {
  // RFC 8259 forbids senders to add one, and the warehouse would have to parse the text as it is.
  if (value.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) {
    return 'The value starts with a byte order mark, which is not JSON.';
  }
  return `The value is not JSON${whereParsingFailed(error)}.`;
}

/** What parsing says of the text itself, and not of its bytes: V8 words that by what kinds of characters a text has. */
function parsingError(value: Buffer): unknown {
  try {
    return textOf(value);
  } catch (error) {
    return error;
  }
}

/** V8's message may quote the event, so nothing of it is passed on but a position, which it puts at its end. */
function whereParsingFailed(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  if (message === 'Unexpected end of JSON input') return ': it ends too early';
  const position = / at position (\d+) \(line \d+ column \d+\)$/.exec(message)?.[1];
  return position === undefined ? '' : `: it goes wrong at character ${Number(position) + 1}`;
}

function refused(type: RejectionType, reason: string): Decoded {
  return { kind: 'refused', type, reason };
}
