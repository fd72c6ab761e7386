-- Revenue and orders by hour, channel and category: running totals. A late order corrects its hour, however old it is.
CREATE TEMPORARY VIEW revenue_by_hour AS
-- A total without an end: unlike the ids of the order lines, it is never forgotten.
SELECT /*+ STATE_TTL('order_sums' = '0 s') */
  -- Without the cast, Flink cannot plan two sinks for one view: it mistakes the hour for the time of the event.
  CAST(FLOOR(minute_start TO HOUR) AS TIMESTAMP_LTZ(3)) AS hour_start,
  channel,
  category,
  SUM(orders) AS orders,
  SUM(bottles) AS bottles,
  COALESCE(SUM(revenue), 0) AS revenue,
  SUM(unpriced_orders) AS unpriced_orders
FROM order_sums
GROUP BY FLOOR(minute_start TO HOUR), channel, category;
