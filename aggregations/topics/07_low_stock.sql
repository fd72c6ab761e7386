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

INSERT INTO low_stock_topic SELECT * FROM low_stock;
