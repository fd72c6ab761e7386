-- Revenue and orders by hour, channel and category: running totals. A late order corrects its hour, however old it is.
CREATE TEMPORARY VIEW revenue_by_hour AS
-- A total without an end: unlike the ids of the order lines, it is never forgotten.
SELECT /*+ STATE_TTL('order_lines' = '0 s') */
  -- Without the cast, Flink cannot plan two sinks for one view: it mistakes the hour for the time of the event.
  CAST(FLOOR(event_time TO HOUR) AS TIMESTAMP_LTZ(3)) AS hour_start,
  channel,
  category,
  COUNT(*) AS orders,
  SUM(quantity) AS bottles,
  COALESCE(SUM(total_price), 0) AS revenue,
  -- Orders whose total_price is missing or not a number, which revenue does not include.
  COUNT(*) - COUNT(total_price) AS unpriced_orders
FROM order_lines
GROUP BY FLOOR(event_time TO HOUR), channel, category;
