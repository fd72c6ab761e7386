-- Stock movements: the valid INVENTORY_ADJUSTED events, each event_id once, read as the order lines are.
CREATE TEMPORARY VIEW adjustment_fields AS
SELECT
  message,
  CASE
    WHEN (REGEXP(message, 'INVENTORY_ADJUSTED') OR REGEXP(message, '\\u00')) AND RAND() < 1
    THEN JSON_QUERY(
      CONCAT('[', message, ',{"quantity_change":0}]'),
      '$[*][''adjustment_type'',''event_id'',''event_type'',''product_id'',''quantity_change'',''warehouse_location'']'
    )
  END AS fields,
  event_time,
  arrival
FROM messages;

CREATE TEMPORARY VIEW judged_adjustments AS
SELECT
  *,
  CASE
    WHEN RAND() >= 1 THEN NULL
    WHEN REGEXP(fields, '^\[\{"adjustment_type":"(REPLENISHMENT|CORRECTION|SPOILAGE)","event_id":"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}","event_type":"INVENTORY_ADJUSTED","product_id":[-+.E0-9]+,"quantity_change":[-+.E0-9]+(,"warehouse_location":("[^"\\]*+"|[-+.0-9a-zE]++))?\},\{"quantity_change":0\}\]$')
    THEN fields
    ELSE REGEXP_SUBSTR(
      JSON_QUERY(
        CONCAT('[', message, ',{"quantity_change":0}]'),
        '$[*][''adjustment_type'',''event_id'',''event_type'',''product_id'',''quantity_change'']'
      ),
      '^\[\{"adjustment_type":"(REPLENISHMENT|CORRECTION|SPOILAGE)","event_id":"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}","event_type":"INVENTORY_ADJUSTED","product_id":[-+.E0-9]+,"quantity_change":[-+.E0-9]+\},\{"quantity_change":0\}\]$'
    )
  END AS required
FROM adjustment_fields
WHERE fields IS NOT NULL;

CREATE TEMPORARY VIEW adjustment_numbers AS
SELECT
  *,
  CASE WHEN RAND() < 1 THEN TRY_CAST(REGEXP_SUBSTR(SPLIT_INDEX(required, '"product_id":', 1), '^[-+.E0-9]+') AS DOUBLE) END AS product_number,
  CASE WHEN RAND() < 1 THEN TRY_CAST(REGEXP_SUBSTR(SPLIT_INDEX(required, '"quantity_change":', 1), '^[-+.E0-9]+') AS DOUBLE) END AS change_number
FROM judged_adjustments
WHERE required IS NOT NULL
  AND ENCODE(message, 'UTF-8') = CAST(message AS BYTES);

CREATE TEMPORARY VIEW valid_stock_movements AS
SELECT
  LOWER(SPLIT_INDEX(SPLIT_INDEX(required, '"event_id":"', 1), '"', 0)) AS event_id,
  CAST(product_number AS BIGINT) AS product_id,
  CAST(change_number AS BIGINT) AS quantity_change,
  COALESCE(
    CASE
      WHEN required = fields THEN REGEXP_SUBSTR(SPLIT_INDEX(required, '"warehouse_location":', 1), '^(?!null)[^",}]++|(?<=^")[^"]*+')
      ELSE JSON_VALUE(message, '$.warehouse_location')
    END, ''
  ) AS place,
  event_time,
  arrival
FROM adjustment_numbers
WHERE product_number = FLOOR(product_number) AND ABS(product_number) <= 9007199254740991
  AND change_number = FLOOR(change_number) AND ABS(change_number) <= 9007199254740991;

CREATE TEMPORARY VIEW stock_movements AS
SELECT event_id, product_id, place, quantity_change, arrival
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY arrival) AS nth FROM valid_stock_movements)
WHERE nth = 1;

-- Sums of the movements that arrived within a second.
CREATE TEMPORARY VIEW movement_sums AS
SELECT product_id, place, COUNT(*) AS movements, SUM(quantity_change) AS net_change
FROM TABLE(TUMBLE(TABLE stock_movements, DESCRIPTOR(arrival), INTERVAL '1' SECOND))
GROUP BY window_start, window_end, product_id, place;
