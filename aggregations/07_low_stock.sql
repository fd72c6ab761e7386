-- Products whose balance is below a threshold: an alert topic. A row appears when a balance falls below it, and is deleted
-- (a record without a value) when the product is replenished.
--
-- The balance is what came in minus what was sold, over all places, since the first event: the opening stock is unknown.
CREATE TEMPORARY VIEW product_balance AS
SELECT /*+ STATE_TTL('moved' = '0 s') */
  product_id,
  SUM(adjusted) AS adjusted,
  SUM(sold) AS sold,
  SUM(adjusted) - SUM(sold) AS balance
FROM (
  SELECT product_id, net_change AS adjusted, CAST(0 AS BIGINT) AS sold FROM movement_sums
  UNION ALL
  SELECT product_id, CAST(0 AS BIGINT), bottles FROM order_sums
) AS moved
GROUP BY product_id;

CREATE TEMPORARY VIEW low_stock AS
SELECT * FROM product_balance WHERE balance < ${LOW_STOCK_BELOW};
