import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { BigValueGraphMode } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { HEIGHT, QUARTER, THIRD, type PanelSource } from '../panels.js';

/** The tables of aggregations/postgres/database/sales_now.sql. */
const POSTGRES = { type: 'grafana-postgresql-datasource', uid: '${postgres}' };

type Format = 'table' | 'time_series';

/** A query of PostgreSQL, for which the SDK has no builder. */
class SqlQuery implements Builder<Dataquery> {
  constructor(
    private readonly sql: string,
    private readonly format: Format,
  ) {}

  build(): Dataquery {
    const query = {
      refId: 'A',
      datasource: POSTGRES,
      editorMode: 'code',
      rawQuery: true,
      format: this.format,
      rawSql: this.sql,
      _implementsDataqueryVariant: () => undefined,
    };
    return query;
  }
}

interface SqlPanel {
  title: string;
  /** What the panel shows, and what is normal. */
  description: string;
  /** Grafana's unit id. */
  unit: string;
  sql: string;
}

/** A single figure. */
function figure({ title, description, unit, sql }: SqlPanel): PanelSource {
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(POSTGRES)
    .unit(unit)
    .graphMode(BigValueGraphMode.None)
    .span(QUARTER)
    .height(4)
    .withTarget(new SqlQuery(sql, 'table'));
}

function table({ title, description, unit, sql }: SqlPanel): PanelSource {
  return new TableBuilder()
    .title(title)
    .description(description)
    .datasource(POSTGRES)
    .unit(unit)
    .span(THIRD)
    .height(HEIGHT)
    .withTarget(new SqlQuery(sql, 'table'));
}

const THIS_HOUR = "date_trunc('hour', now())";

/** What the merchant asks while the hour is running. Without rows for it, a figure is 0. */
export const salesFigures: PanelSource[] = [
  figure({
    title: 'Revenue this hour',
    description: 'So far, over all channels.',
    unit: 'currencyEUR',
    sql: `SELECT coalesce(sum(revenue), 0) AS revenue FROM sales_now.revenue_by_hour WHERE hour_start = ${THIS_HOUR}`,
  }),
  figure({
    title: 'The same minutes a week ago',
    description: 'Revenue of the minutes of this hour that are over, a week ago.',
    unit: 'currencyEUR',
    sql: `SELECT coalesce(sum(revenue_week_before), 0) AS revenue FROM sales_now.orders_by_minute WHERE minute_start >= ${THIS_HOUR} AND minute_start < date_trunc('minute', now())`,
  }),
  figure({
    title: 'Orders this hour',
    description: 'So far, over all channels.',
    unit: 'short',
    sql: `SELECT coalesce(sum(orders), 0) AS orders FROM sales_now.revenue_by_hour WHERE hour_start = ${THIS_HOUR}`,
  }),
  figure({
    title: 'Products with low stock',
    description: 'Products whose balance is below the threshold of the aggregations (--low-stock).',
    unit: 'short',
    sql: 'SELECT count(*) AS products FROM sales_now.low_stock',
  }),
];

export const salesPanels: PanelSource[] = [
  new BarGaugeBuilder()
    .title('Revenue this hour by channel, and of the whole hour a week ago')
    .description('This hour is still running: it is behind until its end.')
    .datasource(POSTGRES)
    .unit('currencyEUR')
    .span(THIRD)
    .height(HEIGHT)
    .withTarget(
      new SqlQuery(
        `SELECT coalesce(nullif(channel, ''), 'unknown') AS channel,
  sum(revenue) FILTER (WHERE hour_start = ${THIS_HOUR}) AS "this hour",
  sum(revenue) FILTER (WHERE hour_start < ${THIS_HOUR}) AS "a week ago"
FROM sales_now.revenue_by_hour
WHERE hour_start IN (${THIS_HOUR}, ${THIS_HOUR} - interval '7 days')
GROUP BY channel
ORDER BY channel`,
        'table',
      ),
    ),
  new TimeSeriesBuilder()
    .title('Orders a minute')
    .description('Beside the same minute of a week ago.')
    .datasource(POSTGRES)
    .unit('short')
    .min(0)
    .span(THIRD)
    .height(HEIGHT)
    .withTarget(
      new SqlQuery(
        `SELECT minute_start AS time, orders, orders_week_before AS "a week ago"
FROM sales_now.orders_by_minute
WHERE $__timeFilter(minute_start) AND minute_start < date_trunc('minute', now())
ORDER BY minute_start`,
        'time_series',
      ),
    ),
  new TimeSeriesBuilder()
    .title('Revenue by hour and channel')
    .description('A late order corrects its hour.')
    .datasource(POSTGRES)
    .unit('currencyEUR')
    .min(0)
    .span(THIRD)
    .height(HEIGHT)
    .withTarget(
      new SqlQuery(
        `SELECT hour_start AS time, coalesce(nullif(channel, ''), 'unknown') AS metric, sum(revenue)::float AS revenue
FROM sales_now.revenue_by_hour
WHERE $__timeFilter(hour_start)
GROUP BY hour_start, channel
ORDER BY hour_start`,
        'time_series',
      ),
    ),
  table({
    title: 'Top products',
    description: 'By revenue in the hours of the selected time.',
    unit: 'none',
    sql: `SELECT product_id::text AS product, sum(revenue) AS revenue, sum(bottles) AS bottles, sum(orders) AS orders
FROM sales_now.product_sales
WHERE $__timeFilter(hour_start)
GROUP BY product_id
ORDER BY sum(revenue) DESC
LIMIT 10`,
  }),
  table({
    title: 'Low stock',
    description: 'What came in minus what was sold, since the first event.',
    unit: 'none',
    sql: `SELECT product_id::text AS product, balance, adjusted AS "came in", sold
FROM sales_now.low_stock
ORDER BY balance
LIMIT 20`,
  }),
  table({
    title: 'Lowest net stock by place',
    description: 'The sum of all adjustments, without sales, which do not say from which place they are.',
    unit: 'none',
    sql: `SELECT product_id::text AS product, place, net_change AS bottles, movements
FROM sales_now.net_stock
ORDER BY net_change
LIMIT 10`,
  }),
];
