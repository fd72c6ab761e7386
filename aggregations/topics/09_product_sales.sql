CREATE TEMPORARY TABLE product_sales_topic (
  hour_start TIMESTAMP_LTZ(3),
  product_id BIGINT,
  orders BIGINT,
  bottles BIGINT,
  revenue DECIMAL(38, 2),
  PRIMARY KEY (hour_start, product_id) NOT ENFORCED
) WITH (
  'topic' = '${KAFKA_TOPIC_NAME}_product_sales',
  'sink.transactional-id-prefix' = '${KAFKA_TOPIC_NAME}_product_sales',
  -- Of the updates of a row within a second, only the last is written.
  'sink.buffer-flush.interval' = '1 s',
  'sink.buffer-flush.max-rows' = '5000'
) LIKE answer_topic (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO product_sales_topic SELECT * FROM product_sales;
