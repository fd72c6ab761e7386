-- Net stock by product and place: the sum of all adjustments since the first event. Orders do not say from which place
-- their bottles are taken, so they are not in it.
CREATE TEMPORARY VIEW net_stock AS
SELECT /*+ STATE_TTL('stock_movements' = '0 s') */
  product_id,
  place,
  COUNT(*) AS movements,
  SUM(quantity_change) AS net_change
FROM stock_movements
GROUP BY product_id, place;

CREATE TEMPORARY TABLE net_stock_topic (
  product_id BIGINT,
  place STRING,
  movements BIGINT,
  net_change BIGINT,
  PRIMARY KEY (product_id, place) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = '${KAFKA_TOPIC_NAME}_net_stock',
  'properties.bootstrap.servers' = '${KAFKA_BOOTSTRAP_SERVER}',
  'properties.transaction.timeout.ms' = '${TRANSACTION_TIMEOUT_MS}',
  'key.format' = 'json',
  'key.json.timestamp-format.standard' = 'ISO-8601',
  'value.format' = 'json',
  'value.json.timestamp-format.standard' = 'ISO-8601',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transaction-naming-strategy' = 'POOLING',
  'sink.transactional-id-prefix' = '${KAFKA_TOPIC_NAME}_net_stock',
  'sink.parallelism' = '1',
  -- Of the updates of a row within a second, only the last is written.
  'sink.buffer-flush.interval' = '1 s',
  'sink.buffer-flush.max-rows' = '5000'
);

INSERT INTO net_stock_topic SELECT * FROM net_stock;
