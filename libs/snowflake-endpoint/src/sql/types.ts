import { compilationError, sqlError } from '../errors.js';

export type TypeName =
  | 'text'
  | 'fixed'
  | 'real'
  | 'boolean'
  | 'date'
  | 'timestamp_ltz'
  | 'timestamp_ntz'
  | 'timestamp_tz'
  | 'variant'
  | 'object'
  | 'array'
  | 'binary';

/** `length` is in characters; `scale` is the number of decimal places. */
export interface SqlType {
  name: TypeName;
  length?: number;
  precision?: number;
  scale?: number;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A semi-structured value: its text, its parsed form, or both. */
export class Variant {
  private constructor(
    private readonly source: string | null,
    private readonly parsed: Json | undefined,
  ) {}

  static of(value: Json): Variant {
    return new Variant(null, value);
  }

  /** @param value the parsed text, if already known */
  static ofText(text: string, value?: Json): Variant {
    return new Variant(text, value);
  }

  get value(): Json {
    return this.parsed === undefined ? (JSON.parse(this.source ?? 'null') as Json) : this.parsed;
  }

  get text(): string {
    return this.source ?? JSON.stringify(this.parsed);
  }

  /** The form that tables keep: only the text, which takes less memory, and is parsed on demand. */
  packed(): Variant {
    return new Variant(this.text, undefined);
  }
}

/** SQL NULL is null; a JSON null inside a variant is a {@link Variant}, and so not NULL. */
export type SqlValue = null | string | number | boolean | Date | Variant;

export const TEXT: SqlType = { name: 'text', length: 16_777_216 };
export const FIXED: SqlType = { name: 'fixed', precision: 38, scale: 0 };
export const REAL: SqlType = { name: 'real' };
export const BOOLEAN: SqlType = { name: 'boolean' };
export const VARIANT: SqlType = { name: 'variant' };
export const TIMESTAMP_LTZ: SqlType = { name: 'timestamp_ltz', scale: 9 };

const TYPE_NAMES: Record<string, TypeName> = {
  VARCHAR: 'text',
  STRING: 'text',
  TEXT: 'text',
  CHAR: 'text',
  NUMBER: 'fixed',
  NUMERIC: 'fixed',
  DECIMAL: 'fixed',
  INT: 'fixed',
  INTEGER: 'fixed',
  BIGINT: 'fixed',
  SMALLINT: 'fixed',
  TINYINT: 'fixed',
  FLOAT: 'real',
  DOUBLE: 'real',
  REAL: 'real',
  BOOLEAN: 'boolean',
  DATE: 'date',
  DATETIME: 'timestamp_ntz',
  TIMESTAMP: 'timestamp_ntz',
  TIMESTAMP_LTZ: 'timestamp_ltz',
  TIMESTAMP_NTZ: 'timestamp_ntz',
  TIMESTAMP_TZ: 'timestamp_tz',
  VARIANT: 'variant',
  OBJECT: 'object',
  ARRAY: 'array',
  BINARY: 'binary',
};

export function typeNamed(name: string, size: number | undefined, scale: number | undefined): SqlType {
  const type = TYPE_NAMES[name];
  if (type === undefined) throw compilationError(`Unsupported data type '${name}'.`);
  if (type === 'text') return { name: type, length: size ?? (name === 'CHAR' ? 1 : 16_777_216) };
  if (type === 'fixed') return { name: type, precision: size ?? 38, scale: scale ?? 0 };
  if (type.startsWith('timestamp')) return { name: type, scale: size ?? 9 };
  return { name: type };
}

/** The type's name in INFORMATION_SCHEMA and DESCRIBE. */
export function typeText(type: SqlType): string {
  if (type.name === 'text') return `VARCHAR(${type.length ?? 16_777_216})`;
  if (type.name === 'fixed') return `NUMBER(${type.precision ?? 38},${type.scale ?? 0})`;
  if (type.name.startsWith('timestamp')) return `${type.name.toUpperCase()}(${type.scale ?? 9})`;
  return { real: 'FLOAT' }[type.name as string] ?? type.name.toUpperCase();
}

/** A variant's plain value; other values unchanged. JSON null becomes NULL. */
export function scalar(value: SqlValue): SqlValue {
  if (!(value instanceof Variant)) return value;
  const json = value.value;
  return typeof json === 'object' && json !== null ? value : json;
}

export function asText(value: SqlValue): string | null {
  const plain = scalar(value);
  if (plain === null) return null;
  if (plain instanceof Variant) return plain.text;
  if (plain instanceof Date) return plain.toISOString();
  return String(plain);
}

/** `CAST(value AS type)`; throws Snowflake's error if the value does not fit. */
export function cast(value: SqlValue, type: SqlType): SqlValue {
  if (value === null) return null;
  switch (type.name) {
    case 'text':
      return castToText(value, type);
    case 'fixed':
    case 'real':
      return castToNumber(value, type);
    case 'boolean':
      return castToBoolean(value);
    case 'date':
    case 'timestamp_ltz':
    case 'timestamp_ntz':
    case 'timestamp_tz':
      return castToMoment(value);
    case 'variant':
      return toVariant(value);
    case 'object':
    case 'array':
      return castToNested(value, type.name);
    case 'binary':
      return asText(value);
  }
}

function castToText(value: SqlValue, type: SqlType): string | null {
  const text = asText(value);
  // There are at least as many UTF-16 units as code points, so the cheap test comes first.
  if (
    text !== null &&
    type.length !== undefined &&
    text.length > type.length &&
    Array.from(text).length > type.length
  ) {
    throw sqlError('stringTooLong', `String '${text.slice(0, 50)}' is too long and would be truncated`);
  }
  return text;
}

function castToNumber(value: SqlValue, type: SqlType): number | null {
  const plain = scalar(value);
  if (plain === null) return null;
  const text = typeof plain === 'string' ? plain.trim() : '';
  const number =
    typeof plain === 'number'
      ? plain
      : typeof plain === 'boolean'
        ? Number(plain)
        : typeof plain === 'string' && text !== ''
          ? Number(text)
          : Number.NaN;
  if (Number.isNaN(number)) {
    throw value instanceof Variant
      ? sqlError(
          'variantCastFailed',
          `Failed to cast variant value ${value.text.slice(0, 50)} to ${type.name.toUpperCase()}`,
        )
      : sqlError(
          'numericNotRecognized',
          `Numeric value '${asText(value)?.slice(0, 50) ?? ''}' is not recognized`,
        );
  }
  if (type.name === 'real') return number;
  const factor = 10 ** (type.scale ?? 0);
  const rounded = factor === 1 ? Math.round(number) : Math.round(number * factor) / factor;
  if (Math.abs(rounded) >= 10 ** ((type.precision ?? 38) - (type.scale ?? 0))) {
    throw sqlError('numericNotRecognized', `Number out of representable range: type FIXED, value ${number}`);
  }
  return rounded;
}

function castToBoolean(value: SqlValue): boolean | null {
  const plain = scalar(value);
  if (plain === null || typeof plain === 'boolean') return plain;
  if (typeof plain === 'number') return plain !== 0;
  const text = asText(plain)?.toLowerCase() ?? '';
  if (['true', 't', 'yes', 'y', 'on', '1'].includes(text)) return true;
  if (['false', 'f', 'no', 'n', 'off', '0'].includes(text)) return false;
  throw sqlError('numericNotRecognized', `Boolean value '${text.slice(0, 50)}' is not recognized`);
}

function castToMoment(value: SqlValue): Date | null {
  const plain = scalar(value);
  if (plain === null || plain instanceof Date) return plain;
  const text = asText(plain) ?? '';
  // As in Snowflake, digits alone are seconds, milliseconds, microseconds or nanoseconds, depending on their size.
  const moment = /^-?\d+$/.test(text) ? new Date(epochMilliseconds(Number(text))) : new Date(text);
  if (Number.isNaN(moment.getTime())) {
    throw sqlError('numericNotRecognized', `Timestamp '${text.slice(0, 50)}' is not recognized`);
  }
  return moment;
}

function epochMilliseconds(number: number): number {
  const size = Math.abs(number);
  if (size < 31_536_000_000) return number * 1000;
  if (size < 31_536_000_000_000) return number;
  return size < 31_536_000_000_000_000 ? number / 1000 : number / 1_000_000;
}

export function toVariant(value: SqlValue): Variant | null {
  if (value === null || value instanceof Variant) return value;
  return Variant.of(value instanceof Date ? value.toISOString() : value);
}

function castToNested(value: SqlValue, name: 'object' | 'array'): Variant | null {
  const variant = value instanceof Variant ? value : null;
  const json = variant?.value;
  if (json === null) return null;
  if (variant === null || typeof json !== 'object' || Array.isArray(json) !== (name === 'array')) {
    throw sqlError(
      'variantCastFailed',
      `Failed to cast variant value ${asText(value)?.slice(0, 50) ?? ''} to ${name.toUpperCase()}`,
    );
  }
  return variant;
}
