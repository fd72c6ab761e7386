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
