-- The same for closed hours: one row each, written once, when the watermark has passed the hour's end. Orders that arrive
-- later are not in it; revenue_by_hour has them.
CREATE TEMPORARY VIEW closed_hours AS
SELECT
  CAST(window_start AS TIMESTAMP_LTZ(3)) AS hour_start,
  channel,
  category,
  COUNT(*) AS orders,
  SUM(quantity) AS bottles,
  COALESCE(SUM(total_price), 0) AS revenue,
  COUNT(*) - COUNT(total_price) AS unpriced_orders
FROM TABLE(TUMBLE(TABLE order_lines, DESCRIPTOR(event_time), INTERVAL '1' HOUR))
GROUP BY window_start, window_end, channel, category;

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
