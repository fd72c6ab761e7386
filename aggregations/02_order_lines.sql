-- Order lines: the valid ORDER_CREATED events, each order_line_id once. The first to arrive counts.
--
-- Valid as for the ingester, which makes dead letters of the others. Optional fields are read as text, whatever their type.
--
-- RAND() < 1 is always true. It keeps Flink from copying an expression to each place that names it. REGEXP_EXTRACT would compile its pattern for each event; REGEXP and REGEXP_SUBSTR do so once.
CREATE TEMPORARY VIEW order_fields AS
SELECT
  message,
  -- What counts: sorted by name, without spaces, the last of duplicates. The second object is there because Flink ignores what
  -- follows a JSON value. Text without the type's name is not parsed, unless letters are escaped in it.
  CASE
    WHEN (REGEXP(message, 'ORDER_CREATED') OR REGEXP(message, '\\u00')) AND RAND() < 1
    THEN JSON_QUERY(
      CONCAT('[', message, ',{"quantity":0}]'),
      '$[*][''category'',''customer_id'',''event_type'',''order_line_id'',''product_id'',''quantity'',''sales_channel'',''total_price'']'
    )
  END AS fields,
  event_time,
  arrival
FROM messages;

CREATE TEMPORARY VIEW judged_orders AS
SELECT
  *,
  -- Null if not valid. An optional field whose value is an object, a list or has escapes is left out here.
  CASE
    WHEN RAND() >= 1 THEN NULL
    WHEN REGEXP(fields, '^\[\{("category":("[^"\\]*+"|[-+.0-9a-zE]++),)?"customer_id":[-+.E0-9]+,"event_type":"ORDER_CREATED","order_line_id":"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}","product_id":[-+.E0-9]+,"quantity":[-+.E0-9]+(,"sales_channel":("[^"\\]*+"|[-+.0-9a-zE]++))?(,"total_price":("[^"\\]*+"|[-+.0-9a-zE]++))?\},\{"quantity":0\}\]$')
    THEN fields
    ELSE REGEXP_SUBSTR(
      JSON_QUERY(
        CONCAT('[', message, ',{"quantity":0}]'),
        '$[*][''customer_id'',''event_type'',''order_line_id'',''product_id'',''quantity'']'
      ),
      '^\[\{"customer_id":[-+.E0-9]+,"event_type":"ORDER_CREATED","order_line_id":"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}","product_id":[-+.E0-9]+,"quantity":[-+.E0-9]+\},\{"quantity":0\}\]$'
    )
  END AS required
FROM order_fields
WHERE fields IS NOT NULL;

CREATE TEMPORARY VIEW order_numbers AS
SELECT
  *,
  CASE WHEN RAND() < 1 THEN TRY_CAST(REGEXP_SUBSTR(SPLIT_INDEX(required, '"customer_id":', 1), '^[-+.E0-9]+') AS DOUBLE) END AS customer_number,
  CASE WHEN RAND() < 1 THEN TRY_CAST(REGEXP_SUBSTR(SPLIT_INDEX(required, '"product_id":', 1), '^[-+.E0-9]+') AS DOUBLE) END AS product_number,
  CASE WHEN RAND() < 1 THEN TRY_CAST(REGEXP_SUBSTR(SPLIT_INDEX(required, '"quantity":', 1), '^[-+.E0-9]+') AS DOUBLE) END AS quantity_number
FROM judged_orders
WHERE required IS NOT NULL
  -- Reading the text replaces invalid UTF-8.
  AND ENCODE(message, 'UTF-8') = CAST(message AS BYTES);

CREATE TEMPORARY VIEW valid_order_lines AS
SELECT
  -- A UUID may be in upper or lower case.
  LOWER(SPLIT_INDEX(SPLIT_INDEX(required, '"order_line_id":"', 1), '"', 0)) AS order_line_id,
  CAST(product_number AS BIGINT) AS product_id,
  CAST(quantity_number AS BIGINT) AS quantity,
  TRY_CAST(
    CASE
      WHEN required = fields THEN REGEXP_SUBSTR(SPLIT_INDEX(required, '"total_price":', 1), '^(?!null)[^",}]++|(?<=^")[^"]*+')
      ELSE JSON_VALUE(message, '$.total_price')
    END AS DECIMAL(18, 2)
  ) AS total_price,
  COALESCE(
    CASE
      WHEN required = fields THEN REGEXP_SUBSTR(SPLIT_INDEX(required, '"sales_channel":', 1), '^(?!null)[^",}]++|(?<=^")[^"]*+')
      ELSE JSON_VALUE(message, '$.sales_channel')
    END, ''
  ) AS channel,
  COALESCE(
    CASE
      WHEN required = fields THEN REGEXP_SUBSTR(SPLIT_INDEX(required, '"category":', 1), '^(?!null)[^",}]++|(?<=^")[^"]*+')
      ELSE JSON_VALUE(message, '$.category')
    END, ''
  ) AS category,
  event_time,
  arrival
FROM order_numbers
-- Integers up to 2^53 - 1, which may be written as 5.0 or 1e3.
WHERE customer_number = FLOOR(customer_number) AND ABS(customer_number) <= 9007199254740991
  AND product_number = FLOOR(product_number) AND ABS(product_number) <= 9007199254740991
  AND quantity_number = FLOOR(quantity_number) AND quantity_number BETWEEN 1 AND 9007199254740991;

CREATE TEMPORARY VIEW order_lines AS
SELECT order_line_id, product_id, quantity, total_price, channel, category, event_time, arrival
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_line_id ORDER BY arrival) AS nth FROM valid_order_lines)
WHERE nth = 1;

-- Sums of the order lines that arrived within a second, which is what running totals add up: one update for many orders of a
-- minute. A sum of its own is never corrected, so it costs no state once its second is over.
CREATE TEMPORARY VIEW order_sums AS
SELECT
  FLOOR(event_time TO MINUTE) AS minute_start,
  channel,
  category,
  product_id,
  COUNT(*) AS orders,
  SUM(quantity) AS bottles,
  SUM(total_price) AS revenue,
  -- Orders whose total_price is missing or not a number, which revenue does not include.
  COUNT(*) - COUNT(total_price) AS unpriced_orders
FROM TABLE(TUMBLE(TABLE order_lines, DESCRIPTOR(arrival), INTERVAL '1' SECOND))
GROUP BY window_start, window_end, FLOOR(event_time TO MINUTE), channel, category, product_id;
