-- Net stock by product and place: the sum of all adjustments since the first event. Orders do not say from which place
-- their bottles are taken, so they are not in it.
CREATE TEMPORARY VIEW net_stock AS
SELECT /*+ STATE_TTL('movement_sums' = '0 s') */
  product_id,
  place,
  SUM(movements) AS movements,
  SUM(net_change) AS net_change
FROM movement_sums
GROUP BY product_id, place;
