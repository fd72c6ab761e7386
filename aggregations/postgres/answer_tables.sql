-- The answers as tables of PostgreSQL, which aggregations/postgres/database/sales_now.sql creates there. Rows are replaced by key.
--
-- The connector has no type for a time with a zone. It sends a time as that of the JVM's zone: Flink must run with
-- -Duser.timezone=UTC.
CREATE TEMPORARY TABLE answer_table WITH (
  'connector' = 'jdbc',
  'url' = '${POSTGRES_URL}',
  -- Of the updates of a row within a second, only the last is written.
  'sink.buffer-flush.interval' = '1 s',
  'sink.buffer-flush.max-rows' = '5000',
  'sink.max-retries' = '3',
  'sink.parallelism' = '1'
);

CREATE TEMPORARY TABLE revenue_by_hour_table (
  hour_start TIMESTAMP(3),
  channel STRING,
  category STRING,
  orders BIGINT,
  bottles BIGINT,
  revenue DECIMAL(38, 2),
  unpriced_orders BIGINT,
  PRIMARY KEY (hour_start, channel, category) NOT ENFORCED
) WITH ('table-name' = 'sales_now.revenue_by_hour') LIKE answer_table (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO revenue_by_hour_table
SELECT CAST(hour_start AS TIMESTAMP(3)), channel, category, orders, bottles, revenue, unpriced_orders
FROM revenue_by_hour;

CREATE TEMPORARY TABLE closed_hours_table WITH (
  'table-name' = 'sales_now.closed_hours'
) LIKE revenue_by_hour_table (OVERWRITING OPTIONS);

INSERT INTO closed_hours_table
SELECT CAST(hour_start AS TIMESTAMP(3)), channel, category, orders, bottles, revenue, unpriced_orders
FROM closed_hours;

CREATE TEMPORARY TABLE net_stock_table (
  product_id BIGINT,
  place STRING,
  movements BIGINT,
  net_change BIGINT,
  PRIMARY KEY (product_id, place) NOT ENFORCED
) WITH ('table-name' = 'sales_now.net_stock') LIKE answer_table (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO net_stock_table SELECT * FROM net_stock;

CREATE TEMPORARY TABLE low_stock_table (
  product_id BIGINT,
  adjusted BIGINT,
  sold BIGINT,
  balance BIGINT,
  PRIMARY KEY (product_id) NOT ENFORCED
) WITH ('table-name' = 'sales_now.low_stock') LIKE answer_table (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO low_stock_table SELECT * FROM low_stock;

CREATE TEMPORARY TABLE orders_by_minute_table (
  minute_start TIMESTAMP(3),
  orders BIGINT,
  revenue DECIMAL(38, 2),
  orders_week_before BIGINT,
  revenue_week_before DECIMAL(38, 2),
  PRIMARY KEY (minute_start) NOT ENFORCED
) WITH ('table-name' = 'sales_now.orders_by_minute') LIKE answer_table (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO orders_by_minute_table
SELECT CAST(minute_start AS TIMESTAMP(3)), orders, revenue, orders_week_before, revenue_week_before
FROM orders_by_minute;

CREATE TEMPORARY TABLE product_sales_table (
  hour_start TIMESTAMP(3),
  product_id BIGINT,
  orders BIGINT,
  bottles BIGINT,
  revenue DECIMAL(38, 2),
  PRIMARY KEY (hour_start, product_id) NOT ENFORCED
) WITH ('table-name' = 'sales_now.product_sales') LIKE answer_table (EXCLUDING ALL INCLUDING OPTIONS);

INSERT INTO product_sales_table
SELECT CAST(hour_start AS TIMESTAMP(3)), product_id, orders, bottles, revenue
FROM product_sales;
