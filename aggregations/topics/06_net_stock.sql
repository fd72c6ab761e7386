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
