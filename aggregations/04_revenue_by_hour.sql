-- Revenue and orders by hour, channel and category: running totals. A late order corrects its hour, however old it is.
CREATE TEMPORARY VIEW revenue_by_hour AS
-- A total without an end: unlike the ids of the order lines, it is never forgotten.
SELECT /*+ STATE_TTL('order_lines' = '0 s') */
  FLOOR(event_time TO HOUR) AS hour_start,
  channel,
  category,
  COUNT(*) AS orders,
  SUM(quantity) AS bottles,
  COALESCE(SUM(total_price), 0) AS revenue,
  -- Orders whose total_price is missing or not a number, which revenue does not include.
  COUNT(*) - COUNT(total_price) AS unpriced_orders
FROM order_lines
GROUP BY FLOOR(event_time TO HOUR), channel, category;

CREATE TEMPORARY TABLE revenue_by_hour_topic (
  hour_start TIMESTAMP_LTZ(3),
  channel STRING,
  category STRING,
  orders BIGINT,
  bottles BIGINT,
  revenue DECIMAL(38, 2),
  unpriced_orders BIGINT,
  PRIMARY KEY (hour_start, channel, category) NOT ENFORCED
) WITH (
  'topic' = '${KAFKA_TOPIC_NAME}_revenue_by_hour',
  'sink.transactional-id-prefix' = '${KAFKA_TOPIC_NAME}_revenue_by_hour',
  -- Of the updates of a row within a second, only the last is written.
  'sink.buffer-flush.interval' = '1 s',
  'sink.buffer-flush.max-rows' = '5000'
) LIKE answer_topic (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO revenue_by_hour_topic SELECT * FROM revenue_by_hour;
