CREATE TEMPORARY TABLE closed_hours_topic (
  hour_start TIMESTAMP_LTZ(3),
  channel STRING,
  category STRING,
  orders BIGINT,
  bottles BIGINT,
  revenue DECIMAL(38, 2),
  unpriced_orders BIGINT,
  PRIMARY KEY (hour_start, channel, category) NOT ENFORCED
) WITH (
  'topic' = '${KAFKA_TOPIC_NAME}_closed_hours',
  'sink.transactional-id-prefix' = '${KAFKA_TOPIC_NAME}_closed_hours'
) LIKE answer_topic (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO closed_hours_topic SELECT * FROM closed_hours;
