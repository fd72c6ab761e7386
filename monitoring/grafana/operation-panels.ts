import { AxisPlacement } from '@grafana/grafana-foundation-sdk/common';
import { ENVIRONMENT, quantiles, timeSeries, type PanelSource } from './panels.js';

/** Panels that tell an operator why events flow as they do. */
export const operationPanels: PanelSource[] = [
  timeSeries({
    title: 'Readiness',
    description: 'Pods that are ready, and why the others are not.',
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
      'The share of dead letters among the last messages, and 1 while the limit holds all events. DLQ_MAX_RATIO sets the limit.',
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
      'Partitions that are not read until an operator decides how to continue. Their whole log counts as lag.',
    unit: 'short',
    lines: [
      [
        'sum by (topic) (max by (cluster, namespace, topic, partition) (kafka_partitions_held{topic=~"$topic", pod=~"$pod"}))',
        '{{topic}}',
      ],
    ],
    alerts: ['PartitionHeld'],
  }),
  timeSeries({
    title: 'Open transactions',
    description:
      'How long an open transaction has held a partition. Records behind it cannot be read before it ends.',
    unit: 's',
    lines: [
      [
        'max by (cluster, namespace, topic, partition) (kafka_open_transaction_seconds{topic=~"$topic", pod=~"$pod"})',
        '{{topic}}-{{partition}} {{namespace}}',
      ],
    ],
    alerts: ['OpenTransaction'],
  }),
  timeSeries({
    title: 'Lag by partition',
    description:
      'Messages between the settled offset and the end of the log. Some lag is normal; a backlog persists.',
    unit: 'short',
    lines: [
      [
        'max by (cluster, namespace, topic, partition) (kafka_lag{topic=~"$topic", pod=~"$pod"})',
        '{{topic}}-{{partition}} {{namespace}}',
      ],
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
    description: 'Mean time of a batch (judge: of a fetch) in each stage. Shows which stage is slow.',
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
    description: 'Messages and bytes that wait for their batch. Fetching pauses at BATCH_MAX_BYTES.',
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
      'Resident memory and the JavaScript heap of each pod. Expected: 200 to 300 MB; the alert fires at 500 MB.',
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
      'How often pods joined the group in the time of each bar, and how many partitions each pod has.',
    unit: 'short',
    lines: [
      ['sum by (pod) (increase(rebalances_total{pod=~"$pod"}[$__rate_interval]))', '{{pod}} joins'],
      ['sum by (pod) (assigned_partitions{pod=~"$pod"})', '{{pod}} partitions'],
    ],
    alerts: ['RebalancesFrequent', 'NotConsuming'],
  }),
  timeSeries({
    title: 'Warehouse errors by class',
    description:
      'transient faults pass by themselves, setup faults need an operator, data are rows that became dead letters.',
    unit: 'short',
    lines: [
      [
        'sum by (class, code) (increase(warehouse_errors_total{pod=~"$pod"}[$__rate_interval]))',
        '{{class}} {{code}}',
      ],
    ],
    bars: true,
    alerts: [
      'WarehouseUnavailable',
      'SetupFault',
      'StreamingNotCommitted',
      'StreamingFenced',
      'StreamingChannelsInvalidated',
      'StreamingThrottled',
      'RowsRejected',
    ],
  }),
  timeSeries({
    title: 'Bytes billed by Snowpipe Streaming',
    description:
      'Uncompressed bytes of rows that Snowflake accepted, each second and of the last 30 days: 0.0037 credits a GB. 0 with SNOWFLAKE_INGEST=sql.',
    unit: 'bytes',
    lines: [
      [
        'sum by (pod) (rate(snowflake_streaming_billed_bytes_total{pod=~"$pod"}[$__rate_interval]))',
        '{{pod}} a second',
      ],
      ['sum(increase(snowflake_streaming_billed_bytes_total{pod=~"$pod"}[30d]))', '30 days'],
    ],
  }).overrideByRegexp('30 days', [{ id: 'custom.axisPlacement', value: AxisPlacement.Right }]),
  timeSeries({
    title: 'Failed attempts by stage',
    description: 'Attempts that failed and were retried. Nothing is lost; batches are delayed.',
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

/** Panels that compare today with the last week. */
export const anomalyPanels: PanelSource[] = [
  timeSeries({
    title: 'Consumed rate and its usual value',
    description: 'Usual: the mean of this hour over the last seven days. Empty until there are three.',
    unit: 'eps',
    lines: [
      [`ingestion:signal{signal="consumed_rate", ${ENVIRONMENT}}`, 'now {{namespace}}'],
      [`ingestion:signal:expected{signal="consumed_rate", ${ENVIRONMENT}}`, 'usual {{namespace}}'],
    ],
    alerts: ['ConsumedRateAnomaly'],
  }),
  timeSeries({
    title: 'Error ratio and its usual value',
    description: 'The share of dead letters. Usual: the mean of this hour over the last seven days.',
    unit: 'percentunit',
    lines: [
      [`ingestion:signal{signal="error_ratio", ${ENVIRONMENT}}`, 'now {{namespace}}'],
      [`ingestion:signal:expected{signal="error_ratio", ${ENVIRONMENT}}`, 'usual {{namespace}}'],
    ],
    alertAbove: 0.01,
    alerts: ['ErrorRatioHigh', 'ErrorRatioAnomaly'],
  }),
  timeSeries({
    title: 'Deviation from the usual',
    description:
      'The number of deviations by which the last 15 minutes differ from the usual value. An anomaly starts at 4.',
    unit: 'short',
    lines: [[`abs(ingestion:signal:z_score{${ENVIRONMENT}})`, '{{signal}} {{namespace}}']],
    alertAbove: 4,
    alerts: ['ConsumedRateAnomaly', 'ErrorRatioAnomaly'],
  }),
];
