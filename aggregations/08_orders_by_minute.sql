-- Orders and revenue by minute, beside those of the same minute a week before. Each order counts in its own minute and in
-- that of a week later; rows of the future therefore have no orders yet.
CREATE TEMPORARY VIEW orders_by_minute AS
SELECT /*+ STATE_TTL('compared' = '0 s') */
  minute_start,
  SUM(orders) AS orders,
  SUM(revenue) AS revenue,
  SUM(orders_week_before) AS orders_week_before,
  SUM(revenue_week_before) AS revenue_week_before
FROM (
  SELECT
    CAST(minute_start AS TIMESTAMP_LTZ(3)) AS minute_start,
    orders,
    COALESCE(revenue, 0) AS revenue,
    CAST(0 AS BIGINT) AS orders_week_before,
    CAST(0 AS DECIMAL(38, 2)) AS revenue_week_before
  FROM order_sums
  UNION ALL
  SELECT
    CAST(minute_start + INTERVAL '7' DAY AS TIMESTAMP_LTZ(3)),
    CAST(0 AS BIGINT),
    CAST(0 AS DECIMAL(38, 2)),
    orders,
    COALESCE(revenue, 0)
  FROM order_sums
) AS compared
GROUP BY minute_start;
