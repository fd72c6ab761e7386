import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  type DataSourceRef,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

export type PanelSource = Builder<Panel>;

/** The labels of one environment among those that a Prometheus knows. */
export const ENVIRONMENT = 'cluster=~"$cluster", namespace=~"$namespace"';

/** Restricts each selector of pods to the selected environments. */
function inEnvironment(expression: string): string {
  return expression.replaceAll('pod=~"$pod"', `${ENVIRONMENT}, pod=~"$pod"`);
}

export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** A query and the names of its lines; `{{label}}` is replaced by the label's value. */
export type Line = [expression: string, legend: string];

export interface TimeSeriesOptions {
  title: string;
  /** What the panel shows, and what is normal. */
  description: string;
  /** Grafana's unit id: `s`, `eps`, `bytes`, `short`. */
  unit: string;
  lines: Line[];
  /** In grid columns; a third of the grid by default. */
  width?: number;
  /** The threshold of an alert, drawn as a line. */
  alertAbove?: number;
  /** Sections of the runbook, by alert name. */
  alerts?: string[];
  /** Counts per time are bars; everything else is lines. */
  bars?: boolean;
}

/** The width of Grafana's grid, and the fractions that panels use. */
export const GRID = 24;
export const THIRD = GRID / 3;
export const QUARTER = GRID / 4;
export const SIXTH = GRID / 6;
export const HEIGHT = 8;

export function timeSeries({
  title,
  description,
  unit,
  lines,
  width = THIRD,
  alertAbove,
  alerts = [],
  bars = false,
}: TimeSeriesOptions): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .min(0)
    .span(width)
    .height(HEIGHT)
    .drawStyle(bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .fillOpacity(bars ? 60 : 10)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .links(alerts.map(runbookLink));
  for (const [index, [expression, legend]] of lines.entries()) {
    panel.withTarget(query(expression, legend).refId(String.fromCharCode(65 + index)));
  }
  if (alertAbove === undefined) return panel;
  return panel
    .thresholds(thresholds([[alertAbove, 'red']]))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
}

export function query(expression: string, legend: string): DataqueryBuilder {
  return new DataqueryBuilder()
    .datasource(DATASOURCE)
    .expr(inEnvironment(expression))
    .legendFormat(legend)
    .range();
}

/** Median and 95th percentile of a histogram, over all pods. */
export function quantiles(histogram: string): Line[] {
  const rates = `sum by (le) (rate(${histogram}_bucket{pod=~"$pod"}[$__rate_interval]))`;
  return [
    [`histogram_quantile(0.5, ${rates})`, 'p50'],
    [`histogram_quantile(0.95, ${rates})`, 'p95'],
  ];
}

/** The current value, for single figures and tables. */
export function instantQuery(expression: string, refId = 'A'): DataqueryBuilder {
  return new DataqueryBuilder()
    .datasource(DATASOURCE)
    .expr(inEnvironment(expression))
    .refId(refId)
    .format(PromQueryFormat.Table)
    .instant();
}

/** Green, then a colour from each of these values on. */
export function thresholds(steps: [value: number, color: string][]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: 'green' }, ...steps.map(([value, color]) => ({ value, color }))]);
}

export function runbookLink(alert: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(`Runbook: ${alert}`)
    .url(`\${runbook}#${alert.toLowerCase()}`)
    .targetBlank(true);
}
