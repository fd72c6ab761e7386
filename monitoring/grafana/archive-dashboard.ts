import { archivePanels } from './archive-panels.js';
import { dashboard, firingPanel, glance, runbookPanel, topicAndPod, type DashboardInput } from './frame.js';
import { thresholds, type PanelSource } from './panels.js';

/** The archiver's dashboard. It has one of its own, as not every installation runs the archiver. */
export function archive({ alerts, runbook }: DashboardInput) {
  return dashboard({
    uid: 'sales-events-archive',
    title: 'Sales events: Kafka to lake',
    description: 'Is every record archived, how soon, and if not, why? Generated: see monitoring/README.md.',
    tags: ['sales-events', 'archive'],
    runbook,
    variables: topicAndPod('lake_lag'),
    sections: [
      {
        panels: [
          firingPanel('archiving'),
          readyPanel(),
          heldPanel(),
          lagPanel(),
          lostPanel(),
          lastObjectPanel(),
        ],
      },
      { title: 'Archive', panels: [...archivePanels, runbookPanel(alerts)] },
    ],
  });
}

function readyPanel(): PanelSource {
  return glance('Ready pods', 'sum(lake_ready{pod=~"$pod"})').unit('short');
}

function heldPanel(): PanelSource {
  return glance(
    'Waits for an operator',
    'sum(max by (cluster, namespace, topic, partition) (lake_partitions_held{topic=~"$topic", pod=~"$pod"}))',
  ).thresholds(thresholds([[1, 'red']]));
}

function lagPanel(): PanelSource {
  return glance(
    'Not archived yet',
    'sum(max by (cluster, namespace, topic, partition) (lake_lag{topic=~"$topic", pod=~"$pod"}))',
  ).unit('short');
}

function lostPanel(): PanelSource {
  return glance('Offsets lost (7 days)', 'sum(increase(lake_lost_offsets_total{pod=~"$pod"}[7d]))')
    .unit('short')
    .thresholds(thresholds([[1, 'red']]));
}

function lastObjectPanel(): PanelSource {
  return glance('Last object', 'time() - max(lake_last_write_timestamp_seconds{pod=~"$pod"})').unit('s');
}
