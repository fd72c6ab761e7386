-- Orders as a table: one row for each order_line_id, from its message that arrived first.
--
-- A producer that is not sure sends again, and both messages are stored; without deduplication such an order would count
-- its revenue twice. A row without an id, which only an older loader can have stored, counts by itself.
--
-- Numbers are limited to 18 digits, so that no sum of them can overflow.
CREATE OR REPLACE VIEW ORDER_LINES COPY GRANTS AS
SELECT
  EVENT_ID AS ORDER_LINE_ID,
  -- An order with an invalid event_ts is still an order.
  COALESCE(EVENT_TIME, MESSAGE_TIME::TIMESTAMPTZ) AS ORDERED_AT,
  CUSTOMER_ID,
  PRODUCT_ID,
  GET_PATH(EVENT_CONTENT, 'product_name')::VARCHAR AS PRODUCT_NAME,
  GET_PATH(EVENT_CONTENT, 'category')::VARCHAR AS CATEGORY,
  GET_PATH(EVENT_CONTENT, 'sales_channel')::VARCHAR AS CHANNEL,
  TRY_CAST(GET_PATH(EVENT_CONTENT, 'quantity')::VARCHAR AS DECIMAL(18, 0)) AS QUANTITY,
  TRY_CAST(GET_PATH(EVENT_CONTENT, 'unit_price')::VARCHAR AS DECIMAL(18, 2)) AS UNIT_PRICE,
  TRY_CAST(GET_PATH(EVENT_CONTENT, 'total_price')::VARCHAR AS DECIMAL(18, 2)) AS TOTAL_PRICE,
  TRY_CAST(GET_PATH(EVENT_CONTENT, 'discount')::VARCHAR AS DECIMAL(18, 2)) AS DISCOUNT,
  INGESTION_TIME
FROM DELIVERED_EVENTS
WHERE EVENT_TYPE = 'ORDER_CREATED'
QUALIFY COALESCE(EVENT_ID, COORDINATES) IS NULL OR ROW_NUMBER() OVER (
  PARTITION BY COALESCE(EVENT_ID, COORDINATES)
  ORDER BY INGESTION_TIME NULLS LAST, TOPIC NULLS LAST, PARTITION_NUMBER NULLS LAST, OFFSET_NUMBER NULLS LAST
) = 1;
