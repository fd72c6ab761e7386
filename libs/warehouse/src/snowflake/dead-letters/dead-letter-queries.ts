import type { Bind } from 'snowflake-sdk';
import { coordinatesText } from '#pipeline';
import {
  MAX_SEARCHED_LENGTH,
  type DeadLetterFilter,
  type Grouping,
} from '../../dead-letters/dead-letter-store.js';
import { DEAD_LETTER_ACTIONS, SALES_EVENTS_DLQ } from '../../tables.js';

const TABLE = SALES_EVENTS_DLQ.name;
const ACTIONS = DEAD_LETTER_ACTIONS.name;

/** A statement and its binds, in order. */
export interface Query {
  sql: string;
  binds: Bind[];
}

/**
 * Identifies a letter. Computed columns begin with L_, so that no column of the table hides them. The timestamp is text,
 * which keeps all its digits.
 */
const KEY = ['L_TOPIC', 'L_PARTITION', 'L_OFFSET', 'L_TIMESTAMP_MS'] as const;
const KEY_NAMES = KEY.join(', ');
const KEY_COLUMNS = `
  d.EVENT_METADATA:topic::VARCHAR AS L_TOPIC,
  TRY_TO_NUMBER(d.EVENT_METADATA:partition::VARCHAR) AS L_PARTITION,
  TRY_TO_NUMBER(d.EVENT_METADATA:offset::VARCHAR) AS L_OFFSET,
  d.EVENT_METADATA:timestamp_ms::VARCHAR AS L_TIMESTAMP_MS`;

const isSameKey = (one: string, other: string) =>
  KEY.map((name) => `${one}.${name} = ${other}.${name}`).join(' AND ');

const LETTERS = `
  SELECT d.*, ${KEY_COLUMNS},
         CASE WHEN d.STORED_AT IS NOT NULL THEN 'stored'
              WHEN d.RESOLVED_AT IS NOT NULL THEN 'resolved'
              WHEN d.REDRIVEN_AT IS NOT NULL THEN 'redriven'
              ELSE 'open' END AS L_STATUS
  FROM ${TABLE} d`;

/** The letters whose producer names itself in a header. */
const HEADER_PRODUCERS = `
  SELECT ${KEY_NAMES}, MAX(L_PRODUCER) AS L_HEADER_PRODUCER
  FROM (
    SELECT ${KEY_COLUMNS}, h.value:value::VARCHAR AS L_PRODUCER
    FROM ${TABLE} d, LATERAL FLATTEN(INPUT => d.HEADERS) h
    WHERE h.value:name::VARCHAR = 'source_service'
  )
  GROUP BY ${KEY_NAMES}`;

/** The letters with their producers, who name themselves in a header or in the event. */
const WITH_PRODUCERS = `
  SELECT l.*, COALESCE(
           p.L_HEADER_PRODUCER,
           IFF(l.VALUE_ENCODING = 'utf8' AND LENGTH(l.ORIGINAL_VALUE) <= ${MAX_SEARCHED_LENGTH}, TRY_PARSE_JSON(l.ORIGINAL_VALUE):source_service::VARCHAR, NULL)
         ) AS L_PRODUCER
  FROM (${LETTERS}) l LEFT JOIN (${HEADER_PRODUCERS}) p ON ${isSameKey('l', 'p')}`;

/** The letters with a fault in one field. */
const FAULTY = `
  SELECT DISTINCT ${KEY_COLUMNS}
  FROM ${TABLE} d, LATERAL FLATTEN(INPUT => d.ERROR_DETAILS) f
  WHERE f.value:field::VARCHAR = ?`;

const TEXTS = 'SELECT f.value::VARCHAR FROM TABLE(FLATTEN(PARSE_JSON(?))) f';

/** The matching letters. Joins only what the filter needs. */
function fitting(filter: DeadLetterFilter, { producers = false } = {}): Query {
  const conditions: string[] = [];
  const binds: Bind[] = [];
  const where = (condition: string, ...values: (Bind | null)[]) => {
    if (values.some((value) => value === null)) return;
    conditions.push(condition);
    binds.push(...values.filter((value) => value !== null));
  };
  const list = (values: readonly string[] | undefined) =>
    values === undefined ? null : JSON.stringify(values);
  if (filter.field !== null) binds.push(filter.field);
  where(`l.L_STATUS IN (${TEXTS})`, list(filter.statuses ?? undefined));
  where('l.ERROR_TYPE = ?', filter.errorType);
  where('l.EVENT_TYPE = ?', filter.eventType);
  where('l.L_PRODUCER = ?', filter.producer);
  where('l.L_TOPIC = ?', filter.topic);
  where('l.L_PARTITION = ?', filter.partition);
  where('l.L_OFFSET BETWEEN ? AND ?', filter.offsets?.first ?? null, filter.offsets?.last ?? null);
  where('l.FAILED_AT >= TO_TIMESTAMP_LTZ(?, 3)', filter.failedSinceMs);
  where('l.FAILED_AT < TO_TIMESTAMP_LTZ(?, 3)', filter.failedBeforeMs);
  where(
    `(l.L_TOPIC || '-' || l.L_PARTITION::VARCHAR || '@' || l.L_OFFSET::VARCHAR) IN (${TEXTS})`,
    list(filter.ids?.map(coordinatesText)),
  );
  const letters = producers || filter.producer !== null ? WITH_PRODUCERS : LETTERS;
  const faulty = filter.field === null ? '' : `JOIN (${FAULTY}) x ON ${isSameKey('l', 'x')}`;
  const all = conditions.length === 0 ? '' : `WHERE ${conditions.join('\n    AND ')}`;
  return { sql: `SELECT l.* FROM (${letters}) l ${faulty} ${all}`, binds };
}

/** Two consumer groups of one topic may each have dead-lettered the same message: it counts once. */
const LETTERS_COUNTED = `COUNT(DISTINCT ${KEY_NAMES})`;

export function countQuery(filter: DeadLetterFilter): Query {
  const { sql, binds } = fitting(filter);
  return {
    sql: `SELECT L_STATUS, ${LETTERS_COUNTED} AS L_COUNT FROM (${sql}) GROUP BY L_STATUS`,
    binds,
  };
}

export function findQuery(filter: DeadLetterFilter): Query {
  const { sql, binds } = fitting(filter);
  return {
    sql: `
      SELECT ${KEY_NAMES}, MAX(COALESCE(LENGTH(ORIGINAL_VALUE), 0)) AS L_LENGTH
      FROM (${sql}) GROUP BY ${KEY_NAMES} ORDER BY ${KEY_NAMES}`,
    binds,
  };
}

/** The columns of a group, by its grouping. */
export const GROUP_COLUMNS: Record<Grouping, { name: string; sql: string }> = {
  type: { name: 'L_BY_TYPE', sql: 'g.ERROR_TYPE' },
  'event-type': { name: 'L_BY_EVENT_TYPE', sql: 'g.EVENT_TYPE' },
  field: { name: 'L_BY_FIELD', sql: 'f.value:field::VARCHAR' },
  producer: { name: 'L_BY_PRODUCER', sql: 'g.L_PRODUCER' },
  hour: { name: 'L_BY_HOUR', sql: "DATE_TRUNC('hour', g.FAILED_AT)" },
};

/** Keeps letters without faulty fields, in the null group: FLATTEN of an empty array would return no row for them. */
const FAULTS = `IFF(ARRAY_SIZE(g.ERROR_DETAILS) > 0, g.ERROR_DETAILS, PARSE_JSON('[null]'))`;

export function groupsQuery(filter: DeadLetterFilter, by: readonly Grouping[]): Query {
  const { sql, binds } = fitting(filter, { producers: by.includes('producer') });
  const columns = by.map((grouping) => GROUP_COLUMNS[grouping]);
  const selected = columns.map((column) => `${column.sql} AS ${column.name}, `).join('');
  const names = columns.map(({ name }) => name).join(', ');
  const fields = by.includes('field') ? `, LATERAL FLATTEN(INPUT => ${FAULTS}) f` : '';
  return {
    sql: `
      SELECT ${names === '' ? '' : `${names}, `} ${LETTERS_COUNTED} AS L_COUNT,
             MIN(FAILED_AT) AS L_FIRST, MAX(FAILED_AT) AS L_LAST, MAX_BY(EVENT_METADATA, FAILED_AT) AS L_NEWEST
      FROM (SELECT ${selected} g.FAILED_AT, g.EVENT_METADATA, ${KEY.map((name) => `g.${name}`).join(', ')}
            FROM (${sql}) g ${fields})
      ${names === '' ? '' : `GROUP BY ${names}`}
      HAVING COUNT(*) > 0
      ORDER BY L_COUNT DESC, L_LAST DESC`,
    binds,
  };
}

/** The bound keys, each with its redrive id if it has one. */
const OPENED_KEYS = `
  SELECT f.value[0]::VARCHAR AS L_TOPIC, f.value[1]::INTEGER AS L_PARTITION, f.value[2]::INTEGER AS L_OFFSET,
         f.value[3]::VARCHAR AS L_TIMESTAMP_MS, f.value[4]::VARCHAR AS L_REDRIVE_ID
  FROM TABLE(FLATTEN(PARSE_JSON(?))) f`;

/** For statements on the table itself, without the computed columns. */
const IS_KEY = `
  d.EVENT_METADATA:topic::VARCHAR = k.L_TOPIC
  AND TRY_TO_NUMBER(d.EVENT_METADATA:partition::VARCHAR) = k.L_PARTITION
  AND TRY_TO_NUMBER(d.EVENT_METADATA:offset::VARCHAR) = k.L_OFFSET
  AND d.EVENT_METADATA:timestamp_ms::VARCHAR = k.L_TIMESTAMP_MS`;

/** Binds: keys. */
export const READ = `
  SELECT l.* FROM (${LETTERS}) l JOIN (${OPENED_KEYS}) k ON ${isSameKey('l', 'k')}
  QUALIFY ROW_NUMBER() OVER (PARTITION BY ${KEY.map((name) => `l.${name}`).join(', ')} ORDER BY l.FAILED_AT DESC) = 1
  ORDER BY ${KEY.map((name) => `l.${name}`).join(', ')}`;

/** Binds: keys with redrive ids. */
export const GIVE_REDRIVE_IDS = `
  UPDATE ${TABLE} d SET REDRIVE_ID = k.L_REDRIVE_ID FROM (${OPENED_KEYS}) k
  WHERE ${IS_KEY} AND d.REDRIVE_ID IS NULL`;

/** Letters that got the id of a message that is already stored: a late, repeated failure of that message. */
export const LINK_TO_STORED = `
  UPDATE ${TABLE} d SET STORED_AT = s.L_STORED_AT, STORED_METADATA = s.L_STORED_METADATA
  FROM (
    SELECT REDRIVE_ID, MIN(STORED_AT) AS L_STORED_AT, MAX_BY(STORED_METADATA, STORED_AT) AS L_STORED_METADATA
    FROM ${TABLE} WHERE STORED_AT IS NOT NULL AND REDRIVE_ID IS NOT NULL GROUP BY REDRIVE_ID
  ) s
  WHERE d.REDRIVE_ID = s.REDRIVE_ID AND d.STORED_AT IS NULL`;

/** Binds: keys. */
export const READ_CLAIMED = `
  SELECT k.L_TOPIC, k.L_PARTITION, k.L_OFFSET, k.L_TIMESTAMP_MS, d.REDRIVE_ID, d.STORED_METADATA
  FROM ${TABLE} d JOIN (${OPENED_KEYS}) k ON ${IS_KEY}`;

/** Binds: keys. */
export const MARK_REDRIVEN = `
  UPDATE ${TABLE} d SET REDRIVEN_AT = CURRENT_TIMESTAMP() FROM (${OPENED_KEYS}) k WHERE ${IS_KEY}`;

/** Binds: the resolution, keys. */
export const RESOLVE = `
  UPDATE ${TABLE} d SET RESOLVED_AT = CURRENT_TIMESTAMP(), RESOLUTION = ? FROM (${OPENED_KEYS}) k WHERE ${IS_KEY}`;

/** Binds: rows. */
export const INSERT_ACTIONS = `
  INSERT INTO ${ACTIONS} (ACTION, ACTED_BY, REASON, CHANGED, REDRIVE_ID, EVENT_METADATA)
  SELECT f.value[0]::VARCHAR, f.value[1]::VARCHAR, f.value[2]::VARCHAR, f.value[3]::VARCHAR, f.value[4]::VARCHAR,
         PARSE_JSON(f.value[5]::VARCHAR)::OBJECT
  FROM TABLE(FLATTEN(PARSE_JSON(?))) f`;

/** Binds: topic, partition, offset, timestamp. */
export const READ_ACTIONS = `
  SELECT d.ACTION, d.ACTED_BY, d.REASON, d.CHANGED, d.REDRIVE_ID, d.ACTED_AT
  FROM ${ACTIONS} d
  WHERE d.EVENT_METADATA:topic::VARCHAR = ? AND d.EVENT_METADATA:partition::INTEGER = ?
    AND d.EVENT_METADATA:offset::INTEGER = ? AND d.EVENT_METADATA:timestamp_ms::VARCHAR = ?
  ORDER BY d.ACTED_AT`;

export const PROBE_ACTIONS = `SELECT ACTED_AT FROM ${ACTIONS} LIMIT 0`;

/** Fails if a column is missing. */
export const PROBE = `SELECT ${SALES_EVENTS_DLQ.columns.map(({ name }) => name).join(', ')} FROM ${TABLE} LIMIT 0`;
