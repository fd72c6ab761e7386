-- Every stored message, read once: its id, its time, where and when it arrived. The views below build on it.
--
-- Nothing here can fail: an optional field is stored whatever its type, so its text is tried, and NULL where it is no
-- number or no time. Only text that begins as an ISO time is read as one: Snowflake takes '42' for 42 seconds after 1970.
-- A time without an offset is taken in the session's TIMEZONE.
CREATE OR REPLACE VIEW DELIVERED_EVENTS COPY GRANTS AS
SELECT
  EVENT_TYPE,
  -- Upper and lower case spell the same UUID.
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
  -- The producer's or the broker's clock. Producers may send any number: -1 is no time, and microseconds are no year that
  -- Snowflake knows.
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
