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
  'connector' = 'upsert-kafka',
  'topic' = '${KAFKA_TOPIC_NAME}_revenue_by_hour',
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVER}',
  'properties.transaction.timeout.ms' = '${TRANSACTION_TIMEOUT_MS}',
  'key.format' = 'json',
  'key.json.timestamp-format.standard' = 'ISO-8601',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transaction-naming-strategy' = 'POOLING',
  'sink.transactional-id-prefix' = '${KAFKA_TOPIC_NAME}_revenue_by_hour',
  'sink.parallelism' = '1',
  -- Of the updates of a row within a second, only the last is written.
  'sink.buffer-flush.interval' = '1 s',
  'sink.buffer-flush.max-rows' = '5000'
);

INSERT INTO revenue_by_hour_topic SELECT * FROM revenue_by_hour;
