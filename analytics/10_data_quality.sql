-- Dead letters by day in Paris, error type, field and event type, and what became of them.
--
-- A letter with two wrong fields is in the rows of both, so add up over FIELD only what is asked of one field. A day is
-- that of the arrival in the warehouse, for letters and stored messages alike: events that cannot be read have no time of
-- their own. SHARE is of all messages of the day, stored or not. A letter that two consumer groups wrote counts once.
CREATE OR REPLACE VIEW DATA_QUALITY COPY GRANTS AS
WITH LETTERS AS (
  SELECT
    CONVERT_TIMEZONE('Europe/Paris', INGESTION_TIME)::DATE AS DAY,
    ERROR_TYPE,
    EVENT_TYPE,
    -- A letter whose fault is in no field has a row all the same: nothing is flattened to no row at all.
    IFF(ARRAY_SIZE(ERROR_DETAILS) > 0, ERROR_DETAILS, PARSE_JSON('[null]')) AS FAULTS,
    EVENT_METADATA:topic::VARCHAR || '-' || EVENT_METADATA:partition::VARCHAR
      || '@' || EVENT_METADATA:offset::VARCHAR || ' ' || EVENT_METADATA:timestamp_ms::VARCHAR AS MESSAGE,
    -- As the operator's command line tells it, the later state first.
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
    f.value:field::VARCHAR AS FIELD,
    l.EVENT_TYPE,
    COUNT(DISTINCT l.MESSAGE) AS LETTERS,
    COUNT(DISTINCT IFF(l.STATUS = 'open', l.MESSAGE, NULL)) AS OPEN,
    COUNT(DISTINCT IFF(l.STATUS = 'redriven', l.MESSAGE, NULL)) AS REDRIVEN,
    COUNT(DISTINCT IFF(l.STATUS = 'stored', l.MESSAGE, NULL)) AS STORED,
    COUNT(DISTINCT IFF(l.STATUS = 'resolved', l.MESSAGE, NULL)) AS RESOLVED
  FROM LETTERS l, LATERAL FLATTEN(INPUT => l.FAULTS) f
  GROUP BY 1, 2, 3, 4
)
SELECT
  c.DAY, c.ERROR_TYPE, c.FIELD, c.EVENT_TYPE, c.LETTERS, m.MESSAGES,
  ROUND(c.LETTERS / m.MESSAGES, 6) AS SHARE,
  c.OPEN, c.REDRIVEN, c.STORED, c.RESOLVED
FROM COUNTED c JOIN MESSAGES m ON m.DAY = c.DAY;
