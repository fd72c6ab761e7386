import { isUtf8 } from 'node:buffer';
import { isJsonObject, jsonType } from './json.js';
import type { JsonObject } from './json.js';
import type { RejectionType } from './verdict.js';

export type Decoded =
  | { kind: 'object'; text: string; object: JsonObject }
  | { kind: 'refused'; type: RejectionType; reason: string };

const BYTE_ORDER_MARK = 0xfeff;

/** Reads a message's value as a JSON object. Nesting has no limit; of a key that comes twice the last counts. */
export function decode(value: Buffer, maxBytes: number): Decoded {
  if (value.length > maxBytes) {
    return refused('too_large', `The value has ${value.length} bytes; the limit is ${maxBytes}.`);
  }
  if (value.length === 0) return refused('json_decode', 'The value is empty.');
  if (!isUtf8(value)) return refused('json_decode', 'The value is not UTF-8.');
  const text = value.toString('utf8');
  // RFC 8259 forbids senders to add one, and the warehouse would have to parse the text as it is.
  if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
    return refused('json_decode', 'The value starts with a byte order mark, which is not JSON.');
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return refused('json_decode', `The value is not JSON${whereParsingFailed(error)}.`);
  }
  return isJsonObject(parsed)
    ? { kind: 'object', text, object: parsed }
    : refused('not_an_object', `The value is JSON, but its type is ${jsonType(parsed)}, not object.`);
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
