import { MAX_SEARCHED_LENGTH, type Grouping } from '../../dead-letters/dead-letter-store.js';
import { DEAD_LETTER_ACTIONS, SALES_EVENTS_DLQ } from '../../tables.js';

const TABLE = SALES_EVENTS_DLQ.name;
const ACTIONS = DEAD_LETTER_ACTIONS.name;

/** Lists are bound as one JSON text, whatever their length. */
const opened = (parameter: string, structure: Record<string, string>) =>
  `(SELECT unnest(from_json(${parameter}, '[${JSON.stringify(structure)}]'), recursive := true))`;

/** The timestamp as text, which keeps all its digits. */
const KEY = { topic: 'VARCHAR', partition: 'BIGINT', offset: 'BIGINT', timestampMs: 'VARCHAR' };

const IS_KEY = `
  (d.EVENT_METADATA->>'$.topic') = k.topic
  AND TRY_CAST(d.EVENT_METADATA->>'$.partition' AS BIGINT) = k.partition
  AND TRY_CAST(d.EVENT_METADATA->>'$.offset' AS BIGINT) = k.offset
  AND (d.EVENT_METADATA->>'$.timestamp_ms') = k.timestampMs`;

/** The table with computed columns. A producer names itself in a header or in the event. */
const LETTERS = `
  SELECT d.*,
         EVENT_METADATA->>'$.topic' AS topic,
         TRY_CAST(EVENT_METADATA->>'$.partition' AS BIGINT) AS partition,
         TRY_CAST(EVENT_METADATA->>'$.offset' AS BIGINT) AS "offset",
         EVENT_METADATA->>'$.timestamp_ms' AS timestamp_ms,
         CASE WHEN STORED_AT IS NOT NULL THEN 'stored'
              WHEN RESOLVED_AT IS NOT NULL THEN 'resolved'
              WHEN REDRIVEN_AT IS NOT NULL THEN 'redriven'
              ELSE 'open' END AS status,
         coalesce(
           list_filter(from_json(HEADERS, '["JSON"]'), lambda h: h->>'$.name' = 'source_service')[1]->>'$.value',
           CASE WHEN VALUE_ENCODING = 'utf8' AND length(ORIGINAL_VALUE) <= ${MAX_SEARCHED_LENGTH}
                THEN TRY_CAST(ORIGINAL_VALUE AS JSON)->>'$.source_service' END
         ) AS producer,
         ERROR_DETAILS->>'$[*].field' AS fields
  FROM ${TABLE} d`;

const FILTER = {
  statuses: ['VARCHAR'],
  errorType: 'VARCHAR',
  eventType: 'VARCHAR',
  field: 'VARCHAR',
  producer: 'VARCHAR',
  topic: 'VARCHAR',
  partition: 'BIGINT',
  offsets: { first: 'BIGINT', last: 'BIGINT' },
  failedSinceMs: 'BIGINT',
  failedBeforeMs: 'BIGINT',
  ids: ['VARCHAR'],
};

/** The letters that match the filter, which is bound as JSON with its ids as `topic-partition@offset`. */
const FITTING = `
  SELECT l.*
  FROM (${LETTERS}) l, (SELECT from_json($1, '${JSON.stringify(FILTER)}') AS f) given
  WHERE (f.statuses IS NULL OR list_contains(f.statuses, l.status))
    AND (f.errorType IS NULL OR l.ERROR_TYPE = f.errorType)
    AND (f.eventType IS NULL OR l.EVENT_TYPE = f.eventType)
    AND (f.field IS NULL OR list_contains(l.fields, f.field))
    AND (f.producer IS NULL OR l.producer = f.producer)
    AND (f.topic IS NULL OR l.topic = f.topic)
    AND (f.partition IS NULL OR l.partition = f.partition)
    AND (f.offsets IS NULL OR l.offset BETWEEN f.offsets.first AND f.offsets.last)
    AND (f.failedSinceMs IS NULL OR epoch_ms(l.FAILED_AT) >= f.failedSinceMs)
    AND (f.failedBeforeMs IS NULL OR epoch_ms(l.FAILED_AT) < f.failedBeforeMs)
    AND (f.ids IS NULL OR list_contains(f.ids, l.topic || '-' || l.partition || '@' || l.offset))`;

/** Two consumer groups of one topic may each have dead-lettered the same message: it counts once. */
const LETTERS_COUNTED = 'count(DISTINCT (topic, partition, "offset", timestamp_ms))';

export const COUNT = `
  SELECT status, ${LETTERS_COUNTED} AS letters FROM (${FITTING}) GROUP BY status`;

export const FIND = `
  SELECT topic, partition, "offset", timestamp_ms, max(coalesce(length(ORIGINAL_VALUE), 0)) AS length
  FROM (${FITTING})
  GROUP BY ALL
  ORDER BY topic, partition, "offset", timestamp_ms`;

const GROUPED: Record<Grouping, string> = {
  type: 'ERROR_TYPE',
  'event-type': 'EVENT_TYPE',
  field: 'field',
  producer: 'producer',
  hour: "epoch_ms(date_trunc('hour', FAILED_AT))",
};

/** Returns one column per grouping, named after it, and the figures of the group. */
export function groupsBy(by: readonly Grouping[]): string {
  const columns = by.map((grouping) => `${GROUPED[grouping]} AS "${grouping}"`);
  const fields = `unnest(CASE WHEN len(fields) > 0 THEN fields ELSE [NULL] END) AS field`;
  return `
    SELECT ${[...columns, ''].join(', ')} ${LETTERS_COUNTED} AS letters,
           epoch_ms(min(FAILED_AT)) AS first_failed, epoch_ms(max(FAILED_AT)) AS last_failed,
           arg_max({topic: topic, partition: partition, "offset": "offset"}, FAILED_AT) AS last
    FROM (SELECT *${by.includes('field') ? `, ${fields}` : ''} FROM (${FITTING}))
    GROUP BY ALL
    HAVING letters > 0
    ORDER BY letters DESC, last_failed DESC`;
}

export const READ = `
  SELECT status, ERROR_TYPE, ERROR_REASON, ERROR_DETAILS, EVENT_TYPE, ORIGINAL_VALUE, VALUE_ENCODING,
         ORIGINAL_KEY, KEY_ENCODING, HEADERS, EVENT_METADATA, ATTEMPT, epoch_ms(FAILED_AT) AS FAILED_AT,
         REDRIVE_ID, epoch_ms(REDRIVEN_AT) AS REDRIVEN_AT, epoch_ms(STORED_AT) AS STORED_AT, STORED_METADATA,
         epoch_ms(RESOLVED_AT) AS RESOLVED_AT, RESOLUTION
  FROM (${LETTERS}) d JOIN ${opened('$1', KEY)} k ON ${IS_KEY}
  QUALIFY row_number() OVER (
    PARTITION BY d.topic, d.partition, d.offset, d.timestamp_ms ORDER BY d.FAILED_AT DESC) = 1
  ORDER BY d.topic, d.partition, d.offset, d.timestamp_ms`;

export const GIVE_REDRIVE_IDS = `
  UPDATE ${TABLE} d SET REDRIVE_ID = k.redriveId
  FROM ${opened('$1', { ...KEY, redriveId: 'VARCHAR' })} k
  WHERE ${IS_KEY} AND d.REDRIVE_ID IS NULL`;

/** Letters that got the id of a message that is already stored: a late, repeated failure of that message. */
export const LINK_TO_STORED = `
  UPDATE ${TABLE} d SET STORED_AT = s.STORED_AT, STORED_METADATA = s.STORED_METADATA
  FROM (SELECT DISTINCT ON (REDRIVE_ID) REDRIVE_ID, STORED_AT, STORED_METADATA
        FROM ${TABLE} WHERE STORED_AT IS NOT NULL) s
  WHERE d.REDRIVE_ID = s.REDRIVE_ID AND d.STORED_AT IS NULL`;

export const READ_CLAIMED = `
  SELECT DISTINCT k.topic, k.partition, k.offset, k.timestampMs, REDRIVE_ID, STORED_METADATA
  FROM ${TABLE} d JOIN ${opened('$1', KEY)} k ON ${IS_KEY}`;

export const MARK_REDRIVEN = `
  UPDATE ${TABLE} d SET REDRIVEN_AT = now() FROM ${opened('$1', KEY)} k WHERE ${IS_KEY}`;

export const RESOLVE = `
  UPDATE ${TABLE} d SET RESOLVED_AT = now(), RESOLUTION = $2 FROM ${opened('$1', KEY)} k WHERE ${IS_KEY}`;

export const INSERT_ACTIONS = `
  INSERT INTO ${ACTIONS} (ACTION, ACTED_BY, REASON, CHANGED, REDRIVE_ID, EVENT_METADATA)
  SELECT action, actedBy, reason, changed, redriveId, metadata
  FROM ${opened('$1', {
    action: 'VARCHAR',
    actedBy: 'VARCHAR',
    reason: 'VARCHAR',
    changed: 'VARCHAR',
    redriveId: 'VARCHAR',
    metadata: 'VARCHAR',
  })}`;

export const READ_ACTIONS = `
  SELECT ACTION, ACTED_BY, REASON, CHANGED, REDRIVE_ID, epoch_ms(ACTED_AT) AS ACTED_AT
  FROM ${ACTIONS} d JOIN ${opened('$1', KEY)} k ON ${IS_KEY}
  ORDER BY d.ACTED_AT, d.rowid`;
