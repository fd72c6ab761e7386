-- Products whose balance is below a threshold: an alert topic. A row appears when a balance falls below it, and is deleted
-- (a record without a value) when the product is replenished.
--
-- The balance is what came in minus what was sold, over all places, since the first event: the opening stock is unknown.
CREATE TEMPORARY VIEW product_balance AS
SELECT /*+ STATE_TTL('moved' = '0 s') */
  product_id,
  SUM(adjusted) AS adjusted,
  SUM(sold) AS sold,
  SUM(adjusted) - SUM(sold) AS balance
FROM (
  SELECT product_id, quantity_change AS adjusted, CAST(0 AS BIGINT) AS sold FROM stock_movements
  UNION ALL
  SELECT product_id, CAST(0 AS BIGINT), quantity FROM order_lines
) AS moved
GROUP BY product_id;

CREATE TEMPORARY TABLE low_stock_topic (
  product_id BIGINT,
  adjusted BIGINT,
  sold BIGINT,
  balance BIGINT,
  PRIMARY KEY (product_id) NOT ENFORCED
) WITH (
  'topic' = '${KAFKA_TOPIC_NAME}_low_stock',
  'sink.transactional-id-prefix' = '${KAFKA_TOPIC_NAME}_low_stock',
  -- Of the updates of a row within a second, only the last is written.
  'sink.buffer-flush.interval' = '1 s',
  'sink.buffer-flush.max-rows' = '5000'
) LIKE answer_topic (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO low_stock_topic SELECT * FROM product_balance WHERE balance < ${LOW_STOCK_BELOW};
