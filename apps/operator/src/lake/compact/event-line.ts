import type { Accepted } from '#events';
import { isTime, type Message } from '#pipeline';
import { encodeBytes } from '#warehouse';
import { columnValue, OTHER, type Columns, type EventColumn } from './event-columns.js';

/** An event on its way into a file: DuckDB reads the line with {@link selectLines}. */
export interface EventLine {
  /** The event type of a contract, or {@link OTHER}. */
  folder: string;
  /** Days since 1970 by the record's time in UTC; {@link UNDATED} without a plausible time. */
  day: number;
  /** JSON with short names, without a line break. */
  text: string;
}

/** Times before are mistakes: no shop sold wine through Kafka then. */
const FIRST_MS = Date.UTC(2010, 0, 1);
export const UNDATED = 0;
export const DAY_MS = 86_400_000;

type Fields = Record<string, unknown>;

/**
 * @param columns by event type
 * @param untilMs later times are mistakes
 */
export function eventLine(
  message: Message,
  accepted: Accepted,
  columns: Columns,
  untilMs: number,
): EventLine {
  const { eventType, content, productId, customerId } = accepted;
  const { partition, offset, timestampMs, key } = message;
  const own = columns.get(eventType ?? '');
  const { fields, others } =
    own === undefined
      ? { fields: { product_id: productId, customer_id: customerId }, others: exactly(content) }
      : separated(content, own, eventType);
  const { text = null, encoding = 'utf8' } = key === null ? {} : encodeBytes(key);
  return {
    folder: own === undefined ? OTHER : (eventType ?? OTHER),
    day: dayOf(timestampMs, untilMs),
    text:
      `{"p":${partition},"o":${offset},"t":${timestampMs},"h":${isTime(timestampMs)},"k":${JSON.stringify(text)},` +
      (encoding === 'utf8' ? '' : `"e":"${encoding}",`) +
      `"n":${JSON.stringify(eventType)},"f":${JSON.stringify(fields)}` +
      (isEmpty(others) ? '}' : `,"x":${JSON.stringify(JSON.stringify(others))}}`),
  };
}

/** A query for the rows of a file of lines, in their order. */
export function selectLines(
  topic: string,
  { path, longest }: { path: string; longest: number },
  columns: Iterable<EventColumn>,
): string {
  const all = [...columns];
  const fields = all.map(({ name, type }) => `"${name}" ${type}`).join(', ');
  const own = all.map(({ name }) => `f."${name}", `).join('');
  return `
    SELECT ${quoted(topic)} AS kafka_topic, p AS kafka_partition, o AS kafka_offset, t AS kafka_timestamp_ms,
           CASE WHEN h THEN make_timestamptz(t * 1000) END AS kafka_timestamp, k AS kafka_key,
           e AS kafka_key_encoding, n AS event_type, ${own}x AS other_fields
      FROM read_json(${quoted(path)}, format = 'newline_delimited', maximum_object_size = ${longest + 1},
                     columns = {p: 'INTEGER', o: 'BIGINT', t: 'BIGINT', h: 'BOOLEAN', k: 'VARCHAR', e: 'VARCHAR',
                                n: 'VARCHAR', f: 'STRUCT(${fields})', x: 'VARCHAR'})`;
}

/** A text of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The fields that their columns hold exactly, and the others. */
function separated(
  content: Buffer,
  columns: ReadonlyMap<string, EventColumn>,
  eventType: string | null,
): { fields: Fields; others: Fields } {
  const isInColumn = ([name, value]: [string, unknown]) => {
    const column = columns.get(name);
    return column === undefined
      ? name === 'event_type' && value === eventType
      : value === null || columnValue(column, value) !== undefined;
  };
  if (!hasManyDigits(content)) {
    const event = JSON.parse(content.toString()) as Fields;
    // Most events have no other fields.
    if (Object.entries(event).every(isInColumn)) return { fields: event, others: {} };
  }
  const { fields = [], others = [] } = Object.groupBy(Object.entries(exactly(content)), (entry) =>
    isInColumn(entry) ? 'fields' : 'others',
  );
  return { fields: Object.fromEntries(fields), others: Object.fromEntries(others) };
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => object };
const MANY_DIGITS = /\d{16}/;
const keepDigits: Reviver = (_key, value, { source }) =>
  typeof value === 'number' &&
  source !== undefined &&
  !Number.isSafeInteger(value) &&
  (MANY_DIGITS.test(source) || !Number.isFinite(value))
    ? rawJSON(source)
    : value;

/** Parses numbers as their text, where a double would lose digits. */
function exactly(content: Buffer): Fields {
  return JSON.parse(content.toString(), keepDigits as never) as Fields;
}

const RUN = 16;

/** Whether 16 digits follow one another. Looks at each 16th byte, as such a run contains one of them. */
function hasManyDigits(text: Buffer): boolean {
  for (let at = RUN - 1; at < text.length; at += RUN) {
    if (!isDigit(text[at])) continue;
    let from = at;
    while (isDigit(text[from - 1])) from -= 1;
    let to = at + 1;
    while (isDigit(text[to])) to += 1;
    if (to - from >= RUN) return true;
  }
  return false;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isEmpty(fields: Fields): boolean {
  for (const _name in fields) return false;
  return true;
}

function dayOf(timestampMs: Message['timestampMs'], untilMs: number): number {
  const isPlausible = isTime(timestampMs) && timestampMs >= FIRST_MS && timestampMs <= untilMs;
  return isPlausible ? Math.floor(timestampMs / DAY_MS) : UNDATED;
}
