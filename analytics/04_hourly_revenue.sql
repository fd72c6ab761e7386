-- Revenue by hour of the order, channel and category. Each order line counts once.
--
-- The shops live in Paris: an order of 23:30 UTC in summer belongs to the next business day. In the night when the clocks
-- go back there are two hours 2; HOUR_START tells them apart.
CREATE OR REPLACE VIEW HOURLY_REVENUE COPY GRANTS AS
SELECT
  CONVERT_TIMEZONE('Europe/Paris', ORDERED_AT)::DATE AS BUSINESS_DAY,
  HOUR(CONVERT_TIMEZONE('Europe/Paris', ORDERED_AT)) AS HOUR_OF_DAY,
  -- Cut in UTC: Paris is whole hours away from it, and no hour comes twice there.
  DATE_TRUNC('hour', CONVERT_TIMEZONE('UTC', ORDERED_AT)) AS HOUR_START,
  CHANNEL,
  CATEGORY,
  COUNT(*) AS ORDERS,
  SUM(QUANTITY) AS BOTTLES,
  SUM(TOTAL_PRICE) AS REVENUE,
  -- Orders whose total_price is missing or no number: they are missing in REVENUE.
  COUNT_IF(TOTAL_PRICE IS NULL) AS UNPRICED_ORDERS
FROM ORDER_LINES
GROUP BY 1, 2, 3, 4, 5;
