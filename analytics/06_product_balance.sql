-- The expected stock of each product over all places: adjustments minus bottles sold, since the first event.
--
-- Negative if more was sold than came in, as the opening stock is unknown. Each movement and each order line counts once.
CREATE OR REPLACE VIEW PRODUCT_BALANCE COPY GRANTS AS
SELECT
  PRODUCT_ID,
  MAX(PRODUCT_NAME) AS PRODUCT_NAME,
  SUM(CHANGED) AS ADJUSTED,
  SUM(ORDERED) AS SOLD,
  SUM(CHANGED) - SUM(ORDERED) AS BALANCE
FROM (
  SELECT PRODUCT_ID, PRODUCT_NAME, COALESCE(QUANTITY_CHANGE, 0) AS CHANGED, 0 AS ORDERED FROM STOCK_MOVEMENTS
  UNION ALL
  SELECT PRODUCT_ID, PRODUCT_NAME, 0, COALESCE(QUANTITY, 0) FROM ORDER_LINES
) AS MOVED
GROUP BY PRODUCT_ID;
