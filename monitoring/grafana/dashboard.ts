import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TextBuilder, TextMode } from '@grafana/grafana-foundation-sdk/text';
import { arrange } from './arrange.js';
import { knownPanels } from './known-panels.js';
import { anomalyPanels, operationPanels } from './operation-panels.js';
import { DATASOURCE, HEIGHT, instantQuery, SIXTH, THIRD, thresholds, type PanelSource } from './panels.js';

export interface DashboardInput {
  /** Every alert, for the links to the runbook. */
  alerts: { name: string; summary: string }[];
  /** The URL of the runbook. */
  runbook: string;
}

/**
 * The ingestion dashboard: the eight known panels, then those that explain them. It uses the classic schema, the only one
 * that Grafana loads from files; the SDK's builder for that schema is deprecated, so the frame is written here.
 */
export function salesEvents({ alerts, runbook }: DashboardInput) {
  return {
    uid: 'sales-events-ingestion',
    title: 'Sales events: Kafka to warehouse',
    description: 'Is wine flowing, how fast, and if not, why? Generated: see monitoring/README.md.',
    tags: ['sales-events', 'ingestion'],
    schemaVersion: 39,
    editable: false,
    timezone: 'browser',
    time: { from: 'now-1h', to: 'now' },
    refresh: '15s',
    graphTooltip: DashboardCursorSync.Crosshair,
    links: [{ title: 'Runbook', type: 'link', icon: 'doc', url: '${runbook}', targetBlank: true }],
    templating: { list: variables(runbook).map((variable) => variable.build()) },
    panels: arrange([
      { panels: [firingPanel(), readyPanel(), heldPanel(), lagPanel(), errorPanel(), commitPanel()] },
      { title: 'Sales events', panels: knownPanels },
      { title: 'Operation', panels: [...operationPanels, runbookPanel(alerts)] },
      { title: 'Against the last days', panels: anomalyPanels },
    ]),
  };
}

function variables(runbook: string): Builder<VariableModel>[] {
  return [
    new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    choice('topic', 'Topic', 'label_values(kafka_lag, topic)'),
    // A pod reads one topic, so selecting a topic selects its pods.
    choice('pod', 'Pod', 'label_values(kafka_lag{topic=~"$topic"}, pod)'),
    new TextBoxVariableBuilder('runbook').label('Runbook').defaultValue(runbook),
  ];
}

/** Selectable values come from the metrics; all are selected by default. */
function choice(name: string, label: string, values: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(values)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc)
    .includeAll(true)
    .multi(true)
    .current({ text: 'All', value: '$__all' });
}

function glance(title: string, expression: string): StatBuilder {
  return new StatBuilder()
    .title(title)
    .datasource(DATASOURCE)
    .span(SIXTH)
    .height(4)
    .withTarget(instantQuery(expression));
}

function firingPanel(): PanelSource {
  return glance(
    'Firing alerts',
    'count(ALERTS{service="ingestion", alertstate="firing"}) or vector(0)',
  ).thresholds(thresholds([[1, 'red']]));
}

function readyPanel(): PanelSource {
  return glance('Ready pods', 'sum(ready{pod=~"$pod"})').unit('short');
}

function heldPanel(): PanelSource {
  return glance(
    'Waits for an operator',
    'sum(kafka_partitions_held{topic=~"$topic", pod=~"$pod"}) + sum(dead_letter_limit_hit{pod=~"$pod"})',
  ).thresholds(thresholds([[1, 'red']]));
}

function lagPanel(): PanelSource {
  return glance('Lag', 'sum(max by (topic, partition) (kafka_lag{topic=~"$topic", pod=~"$pod"}))').unit(
    'short',
  );
}

function errorPanel(): PanelSource {
  return glance('Error ratio (5 min)', 'ingestion:error_ratio:rate5m')
    .unit('percentunit')
    .noValue('no events')
    .thresholds(
      thresholds([
        [0.001, 'orange'],
        [0.01, 'red'],
      ]),
    );
}

function commitPanel(): PanelSource {
  return glance('Last batch', 'time() - max(last_commit_timestamp{pod=~"$pod"})').unit('s');
}

function runbookPanel(alerts: DashboardInput['alerts']): PanelSource {
  const links = alerts.map(({ name, summary }) => {
    // Placeholders for a pod or a partition have no value while no alert fires.
    const text = summary.includes('{{') ? name : `${name}: ${summary}`;
    return `- [${text}](\${runbook}#${name.toLowerCase()})`;
  });
  return new TextBuilder()
    .title('What to do: the runbook')
    .mode(TextMode.Markdown)
    .content(links.join('\n'))
    .span(THIRD)
    .height(HEIGHT);
}
