-- What should be left of each product in all places together: adjustments less bottles sold, since the first event.
--
-- Negative where more was sold than came in: the opening stock is not known. Each movement and each order line counts
-- once.
CREATE OR REPLACE VIEW PRODUCT_BALANCE COPY GRANTS AS
SELECT
  PRODUCT_ID,
  MAX(PRODUCT_NAME) AS PRODUCT_NAME,
  SUM(ADJUSTED) AS ADJUSTED,
  SUM(SOLD) AS SOLD,
  SUM(ADJUSTED) - SUM(SOLD) AS BALANCE
FROM (
  SELECT PRODUCT_ID, PRODUCT_NAME, COALESCE(QUANTITY_CHANGE, 0) AS ADJUSTED, 0 AS SOLD FROM STOCK_MOVEMENTS
  UNION ALL
  SELECT PRODUCT_ID, PRODUCT_NAME, 0, COALESCE(QUANTITY, 0) FROM ORDER_LINES
) AS MOVED
GROUP BY PRODUCT_ID;
