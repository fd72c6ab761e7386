import type { Json } from '@duckdb/node-api';
import type { Fault } from '#pipeline';
import type { Access, SqlValue } from '../connection/sql-connection.js';
import { ProtocolError } from './frames.js';

/** Both sides must have the same version: they come from one release. */
export const PROTOCOL_VERSION = 2;

/** The largest request. Statements are short; the largest binds are lists of dead letters. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
/** The largest response: a row with a value of 16 MiB that JSON escapes six times as long, and more. */
export const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;

/** A value of a staged row; bytes of UTF-8 are sent as text. */
export type Cell = null | string | number;

/** The client sends one request, and the next one after the response to it. The first is a hello. */
export type Request =
  | { kind: 'hello'; version: number; access: Access }
  | { kind: 'run' | 'query'; sql: string; binds: SqlValue[] }
  | { kind: 'append'; table: string; rows: Cell[][] };

/** A response ends with `done` or `error`. */
export type Response =
  | { kind: 'columns'; names: string[]; types: string[] }
  | { kind: 'rows'; rows: Json[][] }
  | { kind: 'done'; rowsChanged: number }
  /** `message` is DuckDB's own, whose text tells what kind of error it is. */
  | { kind: 'error'; message: string; fault: Fault | null };

/** @throws ProtocolError */
export function parseRequest(value: unknown): Request {
  if (isRecord(value)) {
    const { kind, version, access, sql, binds, table, rows } = value;
    if (kind === 'hello' && typeof version === 'number' && isAccess(access)) return { kind, version, access };
    if ((kind === 'run' || kind === 'query') && typeof sql === 'string' && isBinds(binds)) {
      return { kind, sql, binds };
    }
    if (kind === 'append' && typeof table === 'string' && isRows(rows)) return { kind, table, rows };
  }
  throw new ProtocolError('a message that is no request');
}

/** @throws ProtocolError */
export function parseResponse(value: unknown): Response {
  // The other side is the service that owns the file; the check is against another protocol.
  if (isRecord(value) && ['columns', 'rows', 'done', 'error'].includes(String(value['kind']))) {
    return value as Response;
  }
  throw new ProtocolError('a message that is no response');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAccess(value: unknown): value is Access {
  return value === 'READ_ONLY' || value === 'READ_WRITE';
}

function isBinds(value: unknown): value is SqlValue[] {
  return Array.isArray(value) && value.every(isCell);
}

function isRows(value: unknown): value is Cell[][] {
  return Array.isArray(value) && value.every((row) => Array.isArray(row) && row.every(isCell));
}

function isCell(value: unknown): value is Cell {
  return value === null || typeof value === 'string' || typeof value === 'number';
}
