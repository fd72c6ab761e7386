import { isUtf8 } from 'node:buffer';
import { coordinatesText, toTimestamp, type Coordinates, type Timestamp } from '#pipeline';
import { OperationError } from '../../failures.js';
import { parseId } from '../../parse.js';
import type { FileLine } from './file-lines.js';

/** A line of a file that `export` wrote and the user edited. */
export interface RepairLine {
  number: number;
  at: Coordinates;
  /** Null if the line does not have it. */
  timestampMs: Timestamp | null;
  /** Null if the line has no value. */
  value: Buffer | null;
  /** What the line has beside the value, to find changes that are not supported. */
  rest: Record<string, unknown>;
}

const BYTE_ORDER_MARK = /^\uFEFF/;
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

/** @throws OperationError that says what is wrong with the line */
export function parseRepair({ number, bytes }: FileLine): RepairLine {
  const rest = fieldsOf(bytes);
  const { id, topic, partition, offset, timestampMs } = rest;
  if (typeof id !== 'string') throw new OperationError('it has no "id", such as "sales_events-3@1042"');
  const at = parseId(id);
  const given = {
    topic: topic ?? at.topic,
    partition: partition ?? at.partition,
    offset: offset ?? at.offset,
  };
  if (given.topic !== at.topic || given.partition !== at.partition || given.offset !== at.offset) {
    throw new OperationError(
      `its id is ${id}, but topic, partition and offset say ${coordinatesText(given as Coordinates)}`,
    );
  }
  return { number, at, timestampMs: timestampOf(timestampMs), value: valueOf(rest['value']), rest };
}

function fieldsOf(bytes: Buffer): Record<string, unknown> {
  let parsed: unknown;
  try {
    if (!isUtf8(bytes)) throw new Error('not UTF-8');
    parsed = JSON.parse(bytes.toString('utf8').replace(BYTE_ORDER_MARK, ''));
  } catch {
    throw new OperationError(
      'it is not JSON; expected one dead letter a line, as export writes them (jq -c)',
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new OperationError('it is not a JSON object');
  }
  return parsed as Record<string, unknown>;
}

function timestampOf(timestampMs: unknown): Timestamp | null {
  if (timestampMs === undefined || timestampMs === null) return null;
  const isText = typeof timestampMs === 'number' || typeof timestampMs === 'string';
  const text = isText ? String(timestampMs) : '';
  if (/^-?\d{1,19}$/.test(text)) return toTimestamp(text);
  throw new OperationError('its "timestampMs" is not a whole number');
}

function valueOf(value: unknown): Buffer | null {
  if (value === undefined || value === null) return null;
  const { text, base64 } = value as { text?: unknown; base64?: unknown };
  if (typeof text === 'string' && base64 === undefined) {
    if (text.isWellFormed()) return Buffer.from(text);
    throw new OperationError('the text of its "value" has a lone surrogate, which UTF-8 cannot hold');
  }
  if (typeof base64 === 'string' && text === undefined && BASE64.test(base64)) {
    return Buffer.from(base64, 'base64');
  }
  throw new OperationError('its "value" is not {"text": "..."} or {"base64": "..."}');
}
