-- Net stock by product and place: the sum of all adjustments since the first event. Orders do not say from which place
-- their bottles are taken, so they are not in it.
CREATE TEMPORARY VIEW net_stock AS
SELECT /*+ STATE_TTL('stock_movements' = '0 s') */
  product_id,
  place,
  COUNT(*) AS movements,
  SUM(quantity_change) AS net_change
FROM stock_movements
GROUP BY product_id, place;
