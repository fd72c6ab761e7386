import { createHash } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { uncompressSync } from 'snappy';
import { compilationError } from '../../errors.js';
import { compare } from './compare.js';
import { parseJson, tryParseJson } from './json.js';
import type { Environment } from './scope.js';
import { truncated, ZonedMoment } from './time-zones.js';
import type { Json, SqlType, SqlValue } from '../types.js';
import {
  asText,
  cast,
  FIXED,
  REAL,
  scalar,
  TEXT,
  TIMESTAMP_LTZ,
  toVariant,
  Variant,
  VARIANT,
} from '../types.js';

type Arguments = readonly SqlValue[];

export interface SqlFunction {
  type: SqlType | ((args: readonly SqlType[]) => SqlType);
  run(args: Arguments, environment: Environment): SqlValue;
  /** Whether the function returns NULL if an argument is NULL. True if unset. */
  strict?: false;
  /** Refuses a first argument that is not text, even a VARIANT. */
  textOnly?: true;
}

const OBJECT: SqlType = { name: 'object' };
const ARRAY: SqlType = { name: 'array' };

const first = (types: readonly SqlType[]): SqlType => types[0] ?? TEXT;
const text = (value: SqlValue | undefined): string => asText(value ?? null) ?? '';
const number = (value: SqlValue | undefined): number => Number(cast(value ?? null, REAL));

/** The value, or NULL if the conversion fails. */
export function attempt(run: () => SqlValue): SqlValue {
  try {
    return run();
  } catch {
    return null;
  }
}

const textFunction = (run: (text: string, ...rest: (SqlValue | undefined)[]) => SqlValue): SqlFunction => ({
  type: TEXT,
  run: ([value, ...rest]) => run(text(value), ...rest),
});

const numeric = (run: (value: number, digits: number) => number): SqlFunction => ({
  type: FIXED,
  run: ([value, digits]) => run(number(value), digits === undefined ? 0 : number(digits)),
});

const context = (name: string): SqlFunction => ({
  type: TEXT,
  run: (_args, environment) => environment.context(name),
});

const chosen = (run: (args: Arguments) => SqlValue | undefined, type = first): SqlFunction => ({
  type,
  strict: false,
  run: (args) => run(args) ?? null,
});

/** Numbers are seconds, or units of the scale: 3 for milliseconds. */
const timestamp = (type: SqlType): SqlFunction => ({
  type,
  run: ([value, scale]) => {
    const plain = scalar(value ?? null);
    if (typeof plain !== 'number') return cast(plain, type);
    return new Date(plain * 10 ** (3 - (scale === undefined ? 0 : number(scale))));
  },
});

const UNITS: Record<string, number> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};

function milliseconds(unit: string): number {
  const size = UNITS[unit.toUpperCase().replace(/S$/, '')];
  if (size === undefined) throw compilationError(`'${unit}' is not a valid date/time component.`);
  return size;
}

const moment = (value: SqlValue | undefined): number =>
  (cast(value ?? null, TIMESTAMP_LTZ) as Date).getTime();

function nested(value: SqlValue | undefined): Json {
  return value instanceof Variant ? value.value : null;
}

/** The value at a path: NULL if there is none, a JSON null if it is one. */
export function step(value: SqlValue, key: string | number): Variant | null {
  const json = nested(value);
  if (typeof json !== 'object' || json === null) return null;
  const part = Array.isArray(json)
    ? json[Number(key)]
    : Object.hasOwn(json, String(key))
      ? json[String(key)]
      : undefined;
  return part === undefined ? null : Variant.of(part);
}

function objectOf(args: Arguments, keepNull: boolean): Variant {
  const object: Record<string, Json> = {};
  for (let index = 0; index + 1 < args.length; index += 2) {
    const key: SqlValue | undefined = args[index];
    const value = toVariant(args[index + 1] ?? null)?.value ?? null;
    // A SQL NULL is left out, a JSON null inside a variant stays.
    if (key !== null && (keepNull || args[index + 1] !== null)) object[text(key)] = value;
  }
  return Variant.of(object);
}

function typeOf(value: SqlValue): string {
  const json = toVariant(value)?.value;
  if (json === null || json === undefined) return 'NULL_VALUE';
  if (Array.isArray(json)) return 'ARRAY';
  if (typeof json === 'object') return 'OBJECT';
  if (typeof json === 'string') return 'VARCHAR';
  if (typeof json === 'boolean') return 'BOOLEAN';
  return Number.isInteger(json) ? 'INTEGER' : 'DECIMAL';
}

/** Decompresses a text, as UTF-8. The method's name is case-insensitive. */
export function decompressed(base64: string, method: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  switch (method.toUpperCase()) {
    case 'SNAPPY':
      return Buffer.from(uncompressSync(bytes, { asBuffer: true }));
    case 'ZSTD':
      return zstdDecompressSync(bytes, { chunkSize: LIST_BYTES });
    default:
      throw compilationError(`Compression method '${method}' is not supported.`);
  }
}

/** Large enough for most lists. */
const LIST_BYTES = 16 * 1024 * 1024;

const coalesce = chosen((args) => args.find((value) => value !== null));

export const FUNCTIONS: Record<string, SqlFunction> = {
  PARSE_JSON: {
    type: VARIANT,
    run: ([value, option], { json }) => parseJson(text(value), text(option), json),
  },
  TRY_PARSE_JSON: {
    type: VARIANT,
    textOnly: true,
    run: ([value, option], { json }) => tryParseJson(text(value), text(option), json),
  },
  TO_JSON: { type: TEXT, run: ([value]) => toVariant(value ?? null)?.text ?? null },
  OBJECT_CONSTRUCT: { type: OBJECT, strict: false, run: (args) => objectOf(args, false) },
  OBJECT_CONSTRUCT_KEEP_NULL: { type: OBJECT, strict: false, run: (args) => objectOf(args, true) },
  ARRAY_SIZE: {
    type: FIXED,
    run: ([value]) => {
      const json = nested(value);
      return Array.isArray(json) ? json.length : null;
    },
  },
  TYPEOF: { type: TEXT, run: ([value]) => typeOf(value ?? null) },

  COALESCE: coalesce,
  IFF: chosen(
    ([condition, yes, no]) => (condition === true ? yes : no),
    (types) => types[1] ?? TEXT,
  ),
  NULLIF: chosen(([value, other]) => (compare(value ?? null, other ?? null) === 0 ? null : value)),

  // No column is binary, so binary values are passed between these two as base64.
  BASE64_DECODE_BINARY: { type: TEXT, run: ([value]) => text(value) },
  DECOMPRESS_STRING: {
    type: TEXT,
    run: ([value, method]) => decompressed(text(value), text(method)).toString(),
  },

  LOWER: textFunction((value) => value.toLowerCase()),
  REPLACE: textFunction((value, from, to) => value.replaceAll(text(from), text(to))),
  SPLIT: { type: ARRAY, run: ([value, separator]) => Variant.of(text(value).split(text(separator))) },
  SPLIT_PART: textFunction((value, separator, part) => value.split(text(separator))[number(part) - 1] ?? ''),
  LENGTH: { type: FIXED, run: ([value]) => Array.from(text(value)).length },
  OCTET_LENGTH: { type: FIXED, run: ([value]) => Buffer.byteLength(text(value)) },
  SHA2: textFunction((value, bits) =>
    createHash(`sha${number(bits)}`)
      .update(value)
      .digest('hex'),
  ),

  ABS: numeric(Math.abs),
  ROUND: numeric((value, digits) => Math.round(value * 10 ** digits) / 10 ** digits),

  CURRENT_TIMESTAMP: { type: TIMESTAMP_LTZ, run: (_args, { now }) => now },
  TO_TIMESTAMP_LTZ: timestamp(TIMESTAMP_LTZ),
  CONVERT_TIMEZONE: {
    type: { name: 'timestamp_tz', scale: 9 },
    run: ([zone, value]) => new ZonedMoment(moment(value), text(zone)),
  },
  DATE_TRUNC: {
    type: (types) => types[1] ?? TIMESTAMP_LTZ,
    run: ([unit, value], { timeZone }) => {
      const zone = value instanceof ZonedMoment ? value.zone : timeZone;
      return new ZonedMoment(truncated(moment(value), milliseconds(text(unit)), zone), zone);
    },
  },
  DATEADD: {
    type: (types) => types[2] ?? TIMESTAMP_LTZ,
    run: ([unit, count, value]) => new Date(moment(value) + number(count) * milliseconds(text(unit))),
  },
  DATEDIFF: {
    type: FIXED,
    run: ([unit, from, to]) => {
      const size = milliseconds(text(unit));
      return Math.floor(moment(to) / size) - Math.floor(moment(from) / size);
    },
  },

  CURRENT_USER: context('USER'),
  CURRENT_ROLE: context('ROLE'),
  CURRENT_DATABASE: context('DATABASE'),
  CURRENT_SCHEMA: context('SCHEMA'),
  LAST_QUERY_ID: context('LAST_QUERY'),
  SYSTEM$ABORT_TRANSACTION: {
    type: TEXT,
    run: ([id], environment) => environment.abortTransaction(text(id)),
  },
};
