import { AxisPlacement } from '@grafana/grafana-foundation-sdk/common';
import { quantiles, timeSeries, type PanelSource } from './panels.js';

/** What tells an operator why events flow as they do. */
export const operationPanels: PanelSource[] = [
  timeSeries({
    title: 'Readiness',
    description: 'Pods that are ready, and what keeps the others from it.',
    unit: 'short',
    lines: [
      ['sum(ready{pod=~"$pod"})', 'ready'],
      ['sum by (reason) (not_ready{pod=~"$pod"})', '{{reason}}'],
    ],
    alerts: ['NotReady'],
  }),
  timeSeries({
    title: 'Dead letters against the limit',
    description:
      'The share of dead letters among the last messages, and 1 where the limit holds everything. The limit is set by DLQ_MAX_RATIO.',
    unit: 'percentunit',
    lines: [
      ['max by (pod) (dead_letter_ratio{pod=~"$pod"})', '{{pod}}'],
      ['max by (pod) (dead_letter_limit_hit{pod=~"$pod"})', '{{pod}} is held'],
    ],
    alertAbove: 0.5,
    alerts: ['DeadLetterLimitHit'],
  }),
  timeSeries({
    title: 'Partitions held',
    description:
      'Partitions that are not read until somebody decides how to go on. Their whole log counts as lag.',
    unit: 'short',
    lines: [
      [
        'sum by (topic) (max by (topic, partition) (kafka_partitions_held{topic=~"$topic", pod=~"$pod"}))',
        '{{topic}}',
      ],
    ],
    alerts: ['PartitionHeld'],
  }),
  timeSeries({
    title: 'Open transactions',
    description:
      'For how long a transaction of a producer has held a partition. What was sent behind it cannot be read before it ends.',
    unit: 's',
    lines: [
      [
        'max by (topic, partition) (kafka_open_transaction_seconds{topic=~"$topic", pod=~"$pod"})',
        '{{topic}}-{{partition}}',
      ],
    ],
    alerts: ['OpenTransaction'],
  }),
  timeSeries({
    title: 'Lag by partition',
    description:
      "Messages between what is settled and the log's end. Some are always on their way; a backlog stays.",
    unit: 'short',
    lines: [
      ['max by (topic, partition) (kafka_lag{topic=~"$topic", pod=~"$pod"})', '{{topic}}-{{partition}}'],
    ],
    alerts: ['LagGrowing', 'LagUnknown', 'LagWillExceedRetention', 'ThroughputLow'],
  }),
  timeSeries({
    title: 'Event to warehouse',
    description:
      "From a message's timestamp to its commit in the warehouse. Mostly the wait for a batch: up to 10 s.",
    unit: 's',
    lines: quantiles('event_to_warehouse_latency_seconds'),
    alerts: ['NothingCommitted', 'NothingStored'],
  }),
  timeSeries({
    title: 'Time by stage',
    description: 'Mean time of a batch (judge: of a fetch) in each stage. What is slow shows here.',
    unit: 's',
    lines: [
      [
        'sum by (stage) (rate(stage_duration_seconds_sum{pod=~"$pod"}[$__rate_interval])) / sum by (stage) (rate(stage_duration_seconds_count{pod=~"$pod"}[$__rate_interval]))',
        '{{stage}}',
      ],
    ],
    alerts: ['BatchSlow', 'InsertSlow'],
  }),
  timeSeries({
    title: 'Buffer',
    description: 'What waits for its batch, in bytes and in messages. At BATCH_MAX_BYTES fetching pauses.',
    unit: 'bytes',
    lines: [
      ['sum by (pod) (buffer_bytes{pod=~"$pod"})', '{{pod}} bytes'],
      ['sum by (pod) (current_batch_size{pod=~"$pod"})', '{{pod}} messages'],
    ],
  }).overrideByRegexp('.* messages', [
    { id: 'unit', value: 'short' },
    { id: 'custom.axisPlacement', value: AxisPlacement.Right },
  ]),
  timeSeries({
    title: 'Memory against limit',
    description:
      'Resident memory and the JavaScript heap of each pod. Expected: 200 to 300 MB; the alert begins at 500 MB.',
    unit: 'bytes',
    lines: [
      ['process_resident_memory_bytes{job="ingester", pod=~"$pod"}', '{{pod}} resident'],
      ['nodejs_heap_size_used_bytes{job="ingester", pod=~"$pod"}', '{{pod}} heap'],
    ],
    alertAbove: 500e6,
    alerts: ['MemoryHigh'],
  }),
  timeSeries({
    title: 'Rebalances',
    description:
      'How often the group was joined in the time of each bar, and how many partitions each pod has.',
    unit: 'short',
    lines: [
      ['sum by (pod) (increase(rebalances_total{pod=~"$pod"}[$__rate_interval]))', '{{pod}} joins'],
      ['sum by (pod) (assigned_partitions{pod=~"$pod"})', '{{pod}} partitions'],
    ],
    alerts: ['RebalancesFrequent', 'NotConsuming'],
  }),
  timeSeries({
    title: 'Warehouse errors by class',
    description: 'transient passes by itself, setup needs somebody, data are rows that became dead letters.',
    unit: 'short',
    lines: [
      [
        'sum by (class, code) (increase(warehouse_errors_total{pod=~"$pod"}[$__rate_interval]))',
        '{{class}} {{code}}',
      ],
    ],
    bars: true,
    alerts: ['WarehouseUnavailable', 'SetupFault'],
  }),
  timeSeries({
    title: 'Failed tries by stage',
    description: 'Tries that failed and were made again. Nothing is lost by them; batches are late.',
    unit: 'short',
    lines: [
      [
        'sum by (stage, class) (increase(faults_total{pod=~"$pod"}[$__rate_interval]))',
        '{{stage}} {{class}}',
      ],
    ],
    bars: true,
    alerts: ['DeadLetterTopicUnavailable', 'KafkaUnavailable', 'SetupFault'],
  }),
];

/** The last week as the measure of today. */
export const anomalyPanels: PanelSource[] = [
  timeSeries({
    title: 'Consumed rate and what is usual now',
    description: 'Usual: the mean of this hour on the last seven days. Empty until there are three.',
    unit: 'eps',
    lines: [
      ['ingestion:signal{signal="consumed_rate"}', 'now'],
      ['ingestion:signal:expected{signal="consumed_rate"}', 'usual'],
    ],
    alerts: ['ConsumedRateAnomaly'],
  }),
  timeSeries({
    title: 'Error ratio and what is usual now',
    description: 'The share of dead letters. Usual: the mean of this hour on the last seven days.',
    unit: 'percentunit',
    lines: [
      ['ingestion:signal{signal="error_ratio"}', 'now'],
      ['ingestion:signal:expected{signal="error_ratio"}', 'usual'],
    ],
    alertAbove: 0.01,
    alerts: ['ErrorRatioHigh', 'ErrorRatioAnomaly'],
  }),
  timeSeries({
    title: 'How unusual it is',
    description: 'By how many deviations the last 15 minutes differ from the usual. An anomaly begins at 4.',
    unit: 'short',
    lines: [['abs(ingestion:signal:z_score)', '{{signal}}']],
    alertAbove: 4,
    alerts: ['ConsumedRateAnomaly', 'ErrorRatioAnomaly'],
  }),
];
