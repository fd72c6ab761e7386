-- Orders as a table: one row for each order_line_id, from its message that arrived first.
--
-- A producer that is not sure sends again, and both messages are stored; without deduplication such an order would count
-- its revenue twice. A row without an id, which only an older loader can have stored, counts by itself.
CREATE OR REPLACE VIEW ORDER_LINES COPY GRANTS AS
SELECT
  EVENT_ID AS ORDER_LINE_ID,
  -- An order with an invalid event_ts is still an order.
  COALESCE(EVENT_TIME, MESSAGE_TIME::TIMESTAMP_TZ) AS ORDERED_AT,
  CUSTOMER_ID,
  PRODUCT_ID,
  EVENT_CONTENT:product_name::VARCHAR AS PRODUCT_NAME,
  EVENT_CONTENT:category::VARCHAR AS CATEGORY,
  EVENT_CONTENT:sales_channel::VARCHAR AS CHANNEL,
  TRY_TO_NUMBER(EVENT_CONTENT:quantity::VARCHAR) AS QUANTITY,
  TRY_TO_DECIMAL(EVENT_CONTENT:unit_price::VARCHAR, 18, 2) AS UNIT_PRICE,
  TRY_TO_DECIMAL(EVENT_CONTENT:total_price::VARCHAR, 18, 2) AS TOTAL_PRICE,
  TRY_TO_DECIMAL(EVENT_CONTENT:discount::VARCHAR, 18, 2) AS DISCOUNT,
  INGESTION_TIME
FROM DELIVERED_EVENTS
WHERE EVENT_TYPE = 'ORDER_CREATED'
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY COALESCE(EVENT_ID, TOPIC || '-' || PARTITION_NUMBER || '@' || OFFSET_NUMBER)
  ORDER BY INGESTION_TIME, TOPIC, PARTITION_NUMBER, OFFSET_NUMBER
) = 1;
