-- Orders, bottles and revenue by hour and product: which products sell best now. Running totals, like revenue_by_hour.
CREATE TEMPORARY VIEW product_sales AS
SELECT /*+ STATE_TTL('order_lines' = '0 s') */
  -- The cast: see revenue_by_hour.
  CAST(FLOOR(event_time TO HOUR) AS TIMESTAMP_LTZ(3)) AS hour_start,
  product_id,
  COUNT(*) AS orders,
  SUM(quantity) AS bottles,
  COALESCE(SUM(total_price), 0) AS revenue
FROM order_lines
GROUP BY FLOOR(event_time TO HOUR), product_id;
