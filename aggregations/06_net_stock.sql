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
  'topic' = '${KAFKA_TOPIC_NAME}_net_stock',
  'sink.transactional-id-prefix' = '${KAFKA_TOPIC_NAME}_net_stock',
  -- Of the updates of a row within a second, only the last is written.
  'sink.buffer-flush.interval' = '1 s',
  'sink.buffer-flush.max-rows' = '5000'
) LIKE answer_topic (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO net_stock_topic SELECT * FROM net_stock;
