-- Revenue by hour of the order, channel and category. Each order line counts once.
--
-- The shops use the time of Paris: an order at 23:30 UTC in summer belongs to the next business day. In the night when
-- the clocks go back the hour 2 occurs twice; HOUR_START distinguishes them.
CREATE OR REPLACE VIEW HOURLY_REVENUE COPY GRANTS AS
SELECT
  CONVERT_TIMEZONE('Europe/Paris', ORDERED_AT)::DATE AS BUSINESS_DAY,
  HOUR(CONVERT_TIMEZONE('Europe/Paris', ORDERED_AT)) AS HOUR_OF_DAY,
  -- Truncated in UTC, which differs from Paris by whole hours and has no repeated hour.
  DATE_TRUNC('hour', CONVERT_TIMEZONE('UTC', ORDERED_AT)) AS HOUR_START,
  CHANNEL,
  CATEGORY,
  COUNT(*) AS ORDERS,
  SUM(QUANTITY) AS BOTTLES,
  SUM(TOTAL_PRICE) AS REVENUE,
  -- Orders whose total_price is missing or not a number, which REVENUE does not include.
  COUNT_IF(TOTAL_PRICE IS NULL) AS UNPRICED_ORDERS
FROM ORDER_LINES
GROUP BY 1, 2, 3, 4, 5;
