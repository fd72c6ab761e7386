-- Orders, bottles and revenue by hour and product: which products sell best now. Running totals, like revenue_by_hour.
CREATE TEMPORARY VIEW product_sales AS
SELECT /*+ STATE_TTL('order_sums' = '0 s') */
  -- The cast: see revenue_by_hour.
  CAST(FLOOR(minute_start TO HOUR) AS TIMESTAMP_LTZ(3)) AS hour_start,
  product_id,
  SUM(orders) AS orders,
  SUM(bottles) AS bottles,
  COALESCE(SUM(revenue), 0) AS revenue
FROM order_sums
GROUP BY FLOOR(minute_start TO HOUR), product_id;
