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
