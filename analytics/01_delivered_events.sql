-- Every stored message with its id, its times, and where and when it arrived. The views below use it.
--
-- Nothing here can fail, and no session parameter changes a value: what is stored is read as text, text is parsed with
-- TRY_ functions, and times with a format of their own. What cannot be read is NULL; UNREADABLE_VALUES counts it.
CREATE OR REPLACE VIEW DELIVERED_EVENTS COPY GRANTS AS
WITH MESSAGES AS (
  SELECT
    EVENT_TYPE,
    PRODUCT_ID,
    CUSTOMER_ID,
    EVENT_CONTENT,
    INGESTION_TIME,
    GET_PATH(EVENT_CONTENT, 'event_ts')::VARCHAR AS EVENT_TS,
    TRY_CAST(GET_PATH(EVENT_METADATA, 'timestamp_ms')::VARCHAR AS DECIMAL(38, 0)) AS TIMESTAMP_MS,
    GET_PATH(EVENT_METADATA, 'topic')::VARCHAR AS TOPIC,
    TRY_CAST(GET_PATH(EVENT_METADATA, 'partition')::VARCHAR AS DECIMAL(38, 0)) AS PARTITION_NUMBER,
    TRY_CAST(GET_PATH(EVENT_METADATA, 'offset')::VARCHAR AS DECIMAL(38, 0)) AS OFFSET_NUMBER
  FROM RAW_EVENTS_STREAM
)
SELECT
  EVENT_TYPE,
  -- A UUID may be in upper or lower case.
  LOWER(CASE EVENT_TYPE
    WHEN 'ORDER_CREATED' THEN GET_PATH(EVENT_CONTENT, 'order_line_id')::VARCHAR
    WHEN 'INVENTORY_ADJUSTED' THEN GET_PATH(EVENT_CONTENT, 'event_id')::VARCHAR
  END) AS EVENT_ID,
  PRODUCT_ID,
  CUSTOMER_ID,
  EVENT_CONTENT,
  -- ISO 8601 from 1970 to 2999. A time without an offset is UTC. Other text could be read in several ways: '42' as 42
  -- seconds after 1970, '03/04/2026' by the session's format.
  CASE WHEN REGEXP_LIKE(
    EVENT_TS,
    '^(19[7-9]|2[0-9]{2})[0-9]-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3])(:[0-5][0-9]){2}([.][0-9]{1,9})?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$'
  ) THEN TRY_TO_TIMESTAMP_TZ(
    SUBSTR(EVENT_TS, 1, 10) || ' ' || SUBSTR(EVENT_TS, 12, 8)
      || '.' || RPAD(REPLACE(REGEXP_REPLACE(SUBSTR(EVENT_TS, 20), '(Z|[+-].*)', ''), '.', ''), 9, '0')
      || CASE WHEN SUBSTR(EVENT_TS, 20) LIKE '%:__' THEN RIGHT(EVENT_TS, 6) ELSE '+00:00' END,
    'YYYY-MM-DD HH24:MI:SS.FF9TZH:TZM'
  ) END AS EVENT_TIME,
  -- The producer's or the broker's clock, from 1970 to 2999. Producers may send any number: -1 is not a time, and
  -- microseconds would be a year beyond the range of timestamps.
  TO_TIMESTAMP_LTZ(CASE WHEN TIMESTAMP_MS BETWEEN 0 AND 32503679999999 THEN TIMESTAMP_MS END, 3) AS MESSAGE_TIME,
  INGESTION_TIME,
  TOPIC,
  PARTITION_NUMBER,
  OFFSET_NUMBER,
  TOPIC || '-' || PARTITION_NUMBER || '@' || OFFSET_NUMBER AS COORDINATES
FROM MESSAGES;
