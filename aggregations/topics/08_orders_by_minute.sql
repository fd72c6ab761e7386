CREATE TEMPORARY TABLE orders_by_minute_topic (
  minute_start TIMESTAMP_LTZ(3),
  orders BIGINT,
  revenue DECIMAL(38, 2),
  orders_week_before BIGINT,
  revenue_week_before DECIMAL(38, 2),
  PRIMARY KEY (minute_start) NOT ENFORCED
) WITH (
  'topic' = '${KAFKA_TOPIC_NAME}_orders_by_minute',
  'sink.transactional-id-prefix' = '${KAFKA_TOPIC_NAME}_orders_by_minute',
  -- Of the updates of a row within a second, only the last is written.
  'sink.buffer-flush.interval' = '1 s',
  'sink.buffer-flush.max-rows' = '5000'
) LIKE answer_topic (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO orders_by_minute_topic SELECT * FROM orders_by_minute;
