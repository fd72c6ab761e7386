-- Incoming and outgoing stock by product and place. Each movement counts once.
--
-- NET_CHANGE is the sum of the adjustments since the first event: the opening stock is unknown, and orders do not say
-- from which place bottles are taken. PRODUCT_BALANCE subtracts the orders.
CREATE OR REPLACE VIEW NET_STOCK COPY GRANTS AS
SELECT
  PRODUCT_ID,
  PLACE,
  COUNT(*) AS MOVEMENTS,
  SUM(IFF(ADJUSTMENT_TYPE = 'REPLENISHMENT', QUANTITY_CHANGE, 0)) AS REPLENISHED,
  SUM(IFF(ADJUSTMENT_TYPE = 'CORRECTION', QUANTITY_CHANGE, 0)) AS CORRECTED,
  SUM(IFF(ADJUSTMENT_TYPE = 'SPOILAGE', -QUANTITY_CHANGE, 0)) AS SPOILED,
  SUM(QUANTITY_CHANGE) AS NET_CHANGE,
  MAX(MOVED_AT) AS LAST_MOVED_AT
FROM STOCK_MOVEMENTS
GROUP BY PRODUCT_ID, PLACE;
