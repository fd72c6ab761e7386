-- Creates the tables that aggregations/postgres writes, and a role for each side. Run it as the owner of the database; it may
-- run again:
--   psql --set ON_ERROR_STOP=1 --single-transaction --file aggregations/postgres/database/sales_now.sql "$OWNER_URL"
--
-- The roles have no password. Give each one (\password sales_now_writer), or another way to log in, in pg_hba.conf.
CREATE SCHEMA IF NOT EXISTS sales_now;

CREATE TABLE IF NOT EXISTS sales_now.revenue_by_hour (
  hour_start timestamptz NOT NULL,
  channel text NOT NULL,
  category text NOT NULL,
  orders bigint NOT NULL,
  bottles bigint NOT NULL,
  revenue numeric(38, 2) NOT NULL,
  unpriced_orders bigint NOT NULL,
  PRIMARY KEY (hour_start, channel, category)
);

CREATE TABLE IF NOT EXISTS sales_now.closed_hours (LIKE sales_now.revenue_by_hour INCLUDING ALL);

CREATE TABLE IF NOT EXISTS sales_now.net_stock (
  product_id bigint NOT NULL,
  place text NOT NULL,
  movements bigint NOT NULL,
  net_change bigint NOT NULL,
  PRIMARY KEY (product_id, place)
);

CREATE TABLE IF NOT EXISTS sales_now.low_stock (
  product_id bigint PRIMARY KEY,
  adjusted bigint NOT NULL,
  sold bigint NOT NULL,
  balance bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS sales_now.orders_by_minute (
  minute_start timestamptz PRIMARY KEY,
  orders bigint NOT NULL,
  revenue numeric(38, 2) NOT NULL,
  orders_week_before bigint NOT NULL,
  revenue_week_before numeric(38, 2) NOT NULL
);

CREATE TABLE IF NOT EXISTS sales_now.product_sales (
  hour_start timestamptz NOT NULL,
  product_id bigint NOT NULL,
  orders bigint NOT NULL,
  bottles bigint NOT NULL,
  revenue numeric(38, 2) NOT NULL,
  PRIMARY KEY (hour_start, product_id)
);

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sales_now_writer') THEN
    CREATE ROLE sales_now_writer LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sales_now_reader') THEN
    CREATE ROLE sales_now_reader LOGIN;
  END IF;
END
$$;

-- Flink replaces rows (INSERT ... ON CONFLICT, which reads the key) and deletes those of replenished products.
GRANT USAGE ON SCHEMA sales_now TO sales_now_writer, sales_now_reader;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA sales_now TO sales_now_writer;
GRANT DELETE ON sales_now.low_stock TO sales_now_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA sales_now TO sales_now_reader;
ALTER ROLE sales_now_reader SET default_transaction_read_only = on;
