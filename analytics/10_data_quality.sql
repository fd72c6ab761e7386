-- Dead letters by day (Paris time), error type, field and event type, with their status.
--
-- A letter with two faulty fields is in the rows of both, so do not add up over several fields. The day is that of the
-- arrival in the warehouse, for letters and stored messages alike: unreadable events have no time of their own. SHARE
-- refers to all messages of the day, stored or not. A letter that two consumer groups wrote counts once.
CREATE OR REPLACE VIEW DATA_QUALITY COPY GRANTS AS
WITH LETTERS AS (
  SELECT
    CONVERT_TIMEZONE('Europe/Paris', INGESTION_TIME)::DATE AS DAY,
    ERROR_TYPE,
    EVENT_TYPE,
    -- FLATTEN would drop letters without a faulty field, so those get one null element.
    CASE WHEN ARRAY_SIZE(ERROR_DETAILS) > 0 THEN ERROR_DETAILS ELSE PARSE_JSON('[null]') END AS FAULTS,
    COALESCE(GET_PATH(EVENT_METADATA, 'topic')::VARCHAR, '')
      || '-' || COALESCE(GET_PATH(EVENT_METADATA, 'partition')::VARCHAR, '')
      || '@' || COALESCE(GET_PATH(EVENT_METADATA, 'offset')::VARCHAR, '')
      || ' ' || COALESCE(GET_PATH(EVENT_METADATA, 'timestamp_ms')::VARCHAR, '') AS MESSAGE,
    -- The status as in the operator's command line, latest state first.
    CASE
      WHEN STORED_AT IS NOT NULL THEN 'stored'
      WHEN RESOLVED_AT IS NOT NULL THEN 'resolved'
      WHEN REDRIVEN_AT IS NOT NULL THEN 'redriven'
      ELSE 'open'
    END AS STATUS
  FROM SALES_EVENTS_DLQ
),
MESSAGES AS (
  SELECT DAY, COUNT(*) AS MESSAGES
  FROM (
    SELECT CONVERT_TIMEZONE('Europe/Paris', INGESTION_TIME)::DATE AS DAY FROM RAW_EVENTS_STREAM
    UNION ALL
    SELECT MIN(DAY) FROM LETTERS GROUP BY MESSAGE
  ) AS ARRIVED
  GROUP BY DAY
),
COUNTED AS (
  SELECT
    l.DAY,
    l.ERROR_TYPE,
    GET_PATH(f.VALUE, 'field')::VARCHAR AS FIELD,
    l.EVENT_TYPE,
    COUNT(DISTINCT l.MESSAGE) AS LETTERS,
    COUNT(DISTINCT CASE WHEN l.STATUS = 'open' THEN l.MESSAGE END) AS OPEN,
    COUNT(DISTINCT CASE WHEN l.STATUS = 'redriven' THEN l.MESSAGE END) AS REDRIVEN,
    COUNT(DISTINCT CASE WHEN l.STATUS = 'stored' THEN l.MESSAGE END) AS STORED,
    COUNT(DISTINCT CASE WHEN l.STATUS = 'resolved' THEN l.MESSAGE END) AS RESOLVED
  FROM LETTERS l, LATERAL FLATTEN(INPUT => l.FAULTS) f
  GROUP BY 1, 2, 3, 4
)
SELECT
  c.DAY, c.ERROR_TYPE, c.FIELD, c.EVENT_TYPE, c.LETTERS, m.MESSAGES,
  ROUND(c.LETTERS / m.MESSAGES, 6) AS SHARE,
  c.OPEN, c.REDRIVEN, c.STORED, c.RESOLVED
-- A row whose INGESTION_TIME is NULL has no day, and counts all the same.
FROM COUNTED c JOIN MESSAGES m ON m.DAY IS NOT DISTINCT FROM c.DAY;
