-- Every stored message with its id, its time, and where and when it arrived. The views below use it.
--
-- Nothing here can fail: optional fields are stored whatever their type, so their text is parsed with TRY_ functions, and
-- is NULL if it is not a number or a time. Only text that begins like an ISO time is parsed as one: Snowflake reads '42' as
-- 42 seconds after 1970. A time without an offset is in the session's TIMEZONE.
CREATE OR REPLACE VIEW DELIVERED_EVENTS COPY GRANTS AS
SELECT
  EVENT_TYPE,
  -- A UUID may be in upper or lower case.
  LOWER(CASE EVENT_TYPE
    WHEN 'ORDER_CREATED' THEN EVENT_CONTENT:order_line_id::VARCHAR
    WHEN 'INVENTORY_ADJUSTED' THEN EVENT_CONTENT:event_id::VARCHAR
  END) AS EVENT_ID,
  PRODUCT_ID,
  CUSTOMER_ID,
  EVENT_CONTENT,
  TRY_CAST(
    IFF(EVENT_CONTENT:event_ts::VARCHAR LIKE '____-__-__T%', EVENT_CONTENT:event_ts::VARCHAR, NULL) AS TIMESTAMP_TZ
  ) AS EVENT_TIME,
  -- The producer's or the broker's clock. Producers may send any number: -1 is not a time, and microseconds would be a year
  -- beyond Snowflake's range.
  TO_TIMESTAMP_LTZ(
    IFF(
      TRY_TO_NUMBER(EVENT_METADATA:timestamp_ms::VARCHAR) BETWEEN 0 AND 253402300799999,
      TRY_TO_NUMBER(EVENT_METADATA:timestamp_ms::VARCHAR),
      NULL
    ),
    3
  ) AS MESSAGE_TIME,
  INGESTION_TIME,
  EVENT_METADATA:topic::VARCHAR AS TOPIC,
  TRY_TO_NUMBER(EVENT_METADATA:partition::VARCHAR) AS PARTITION_NUMBER,
  TRY_TO_NUMBER(EVENT_METADATA:offset::VARCHAR) AS OFFSET_NUMBER
FROM RAW_EVENTS_STREAM;
