import { dashboard, firingPanel, glance, runbookPanel, topicAndPod, type DashboardInput } from './frame.js';
import { knownPanels } from './known-panels.js';
import { anomalyPanels, operationPanels } from './operation-panels.js';
import { ENVIRONMENT, thresholds, type PanelSource } from './panels.js';

/** The ingestion dashboard: the eight known panels, then those that explain them. */
export function salesEvents({ alerts, runbook }: DashboardInput) {
  return dashboard({
    uid: 'sales-events-ingestion',
    title: 'Sales events: Kafka to warehouse',
    description: 'Is wine flowing, how fast, and if not, why? Generated: see monitoring/README.md.',
    tags: ['sales-events', 'ingestion'],
    runbook,
    variables: topicAndPod('kafka_lag'),
    sections: [
      {
        panels: [
          firingPanel('ingestion'),
          readyPanel(),
          heldPanel(),
          lagPanel(),
          errorPanel(),
          commitPanel(),
        ],
      },
      { title: 'Sales events', panels: knownPanels },
      { title: 'Operation', panels: [...operationPanels, runbookPanel(alerts)] },
      { title: 'Against the last days', panels: anomalyPanels },
    ],
  });
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
  return glance(
    'Lag',
    'sum(max by (cluster, namespace, topic, partition) (kafka_lag{topic=~"$topic", pod=~"$pod"}))',
  ).unit('short');
}

function errorPanel(): PanelSource {
  return glance('Error ratio (5 min)', `max(ingestion:error_ratio:rate5m{${ENVIRONMENT}})`)
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
