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
import { arrange, type Section } from './arrange.js';
import {
  DATASOURCE,
  ENVIRONMENT,
  HEIGHT,
  instantQuery,
  SIXTH,
  THIRD,
  thresholds,
  type PanelSource,
} from './panels.js';

export interface DashboardInput {
  /** The alerts of the dashboard's service, for the links to the runbook. */
  alerts: { name: string; summary: string }[];
  /** The URL of the runbook. */
  runbook: string;
}

interface DashboardOptions {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  runbook: string;
  /** What else can be selected. */
  variables: Builder<VariableModel>[];
  sections: Section[];
}

/**
 * A dashboard in the classic schema, the only one that Grafana loads from files; the SDK's builder for that schema is
 * deprecated, so the frame is written here.
 */
export function dashboard({ runbook, variables, sections, ...names }: DashboardOptions) {
  return {
    ...names,
    schemaVersion: 39,
    editable: false,
    timezone: 'browser',
    time: { from: 'now-1h', to: 'now' },
    refresh: '15s',
    graphTooltip: DashboardCursorSync.Crosshair,
    links: [{ title: 'Runbook', type: 'link', icon: 'doc', url: '${runbook}', targetBlank: true }],
    templating: { list: allVariables(runbook, variables).map((variable) => variable.build()) },
    panels: arrange(sections),
  };
}

function allVariables(runbook: string, own: Builder<VariableModel>[]): Builder<VariableModel>[] {
  return [
    new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    ...own,
    new TextBoxVariableBuilder('runbook').label('Runbook').defaultValue(runbook),
  ];
}

/** @param metric gives the selectable values */
export function environment(metric: string): Builder<VariableModel>[] {
  return [
    // Without these labels, as in Compose, there is nothing to select, and the expression for all values matches.
    choice('cluster', 'Cluster', `label_values(${metric}, cluster)`).allValue('.*'),
    choice('namespace', 'Namespace', `label_values(${metric}{cluster=~"$cluster"}, namespace)`).allValue(
      '.*',
    ),
  ];
}

/** @param lag a metric with the labels `topic` and `pod`, which gives the selectable values */
export function topicAndPod(lag: string): Builder<VariableModel>[] {
  return [
    ...environment(lag),
    choice('topic', 'Topic', `label_values(${lag}{${ENVIRONMENT}}, topic)`),
    // A pod reads one topic, so selecting a topic selects its pods.
    choice('pod', 'Pod', `label_values(${lag}{${ENVIRONMENT}, topic=~"$topic"}, pod)`),
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

/** A figure of the first row. */
export function glance(title: string, expression: string): StatBuilder {
  return new StatBuilder()
    .title(title)
    .datasource(DATASOURCE)
    .span(SIXTH)
    .height(4)
    .withTarget(instantQuery(expression));
}

/** @param service the label of the alerts */
export function firingPanel(service: string): PanelSource {
  return glance(
    'Firing alerts',
    `count(ALERTS{service="${service}", alertstate="firing", ${ENVIRONMENT}}) or vector(0)`,
  ).thresholds(thresholds([[1, 'red']]));
}

export function runbookPanel(alerts: DashboardInput['alerts']): PanelSource {
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
