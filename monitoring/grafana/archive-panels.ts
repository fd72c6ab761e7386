import { quantiles, timeSeries, type PanelSource } from './panels.js';

/** Panels that tell an operator whether and how fast records reach the lake. */
export const archivePanels: PanelSource[] = [
  timeSeries({
    title: 'Records archived',
    description:
      'Records in objects each second. In step with what producers send, in bursts of LAKE_MAX_WAIT_MS.',
    unit: 'eps',
    lines: [['sum by (pod) (rate(lake_records_total{pod=~"$pod"}[$__rate_interval]))', '{{pod}}']],
    alerts: ['NothingArchived'],
  }),
  timeSeries({
    title: 'Not archived yet, by partition',
    description:
      'Messages between the end of the last object and the end of the log. Falls to almost 0 with each object.',
    unit: 'short',
    lines: [
      [
        'max by (cluster, namespace, topic, partition) (lake_lag{topic=~"$topic", pod=~"$pod"})',
        '{{topic}}-{{partition}} {{namespace}}',
      ],
    ],
    alerts: ['LakeLagGrowing', 'LakeLagWillExceedRetention'],
  }),
  timeSeries({
    title: 'Readiness',
    description: 'Pods that are ready, and why the others are not.',
    unit: 'short',
    lines: [
      ['sum(lake_ready{pod=~"$pod"})', 'ready'],
      ['sum by (reason) (lake_not_ready{pod=~"$pod"})', '{{reason}}'],
    ],
    alerts: ['ArchiverNotReady', 'ArchiverDown'],
  }),
  timeSeries({
    title: 'Failed attempts by stage',
    description:
      'transient faults pass by themselves, setup faults need an operator. Nothing is lost meanwhile.',
    unit: 'short',
    lines: [
      [
        'sum by (stage, class) (increase(lake_faults_total{pod=~"$pod"}[$__rate_interval]))',
        '{{stage}} {{class}}',
      ],
    ],
    bars: true,
    alerts: ['LakeUnavailable', 'LakeRefusesWrites', 'ArchiverKafkaUnavailable'],
  }),
  timeSeries({
    title: 'Time to write a batch',
    description: 'Compressing and writing the objects of one batch, without failed attempts.',
    unit: 's',
    lines: quantiles('lake_write_duration_seconds'),
    alerts: ['LakeUnavailable'],
  }),
  timeSeries({
    title: 'Size of objects',
    description: 'Mean size of an object, compressed. Small objects cost requests: raise LAKE_MAX_WAIT_MS.',
    unit: 'bytes',
    lines: [
      [
        'sum(increase(lake_bytes_total{pod=~"$pod"}[$__rate_interval])) / (sum(increase(lake_objects_total{pod=~"$pod"}[$__rate_interval])) > 0)',
        'bytes an object',
      ],
    ],
  }),
  timeSeries({
    title: 'Partitions held',
    description: 'Partitions that are not archived until an operator decides how to continue.',
    unit: 'short',
    lines: [
      [
        'sum by (topic) (max by (cluster, namespace, topic, partition) (lake_partitions_held{topic=~"$topic", pod=~"$pod"}))',
        '{{topic}}',
      ],
    ],
    alerts: ['LakePartitionHeld'],
  }),
  timeSeries({
    title: 'Lost offsets, superseded objects, joins',
    description:
      'Offsets that retention deleted unread; objects that another archiver wrote first, which is normal in a rebalance; joins of the group.',
    unit: 'short',
    lines: [
      ['sum(increase(lake_lost_offsets_total{pod=~"$pod"}[$__rate_interval]))', 'lost offsets'],
      ['sum(increase(lake_superseded_total{pod=~"$pod"}[$__rate_interval]))', 'superseded'],
      ['sum(increase(lake_rebalances_total{pod=~"$pod"}[$__rate_interval]))', 'joins'],
    ],
    bars: true,
    alerts: ['LakeOffsetsLost', 'ArchiverRestarting'],
  }),
  timeSeries({
    title: 'Memory against limit',
    description: 'Resident memory of each pod, and what waits in its buffer. The alert fires at 400 MB.',
    unit: 'bytes',
    lines: [
      ['process_resident_memory_bytes{job="archiver", pod=~"$pod"}', '{{pod}} resident'],
      ['lake_buffer_bytes{pod=~"$pod"}', '{{pod}} buffer'],
    ],
    alertAbove: 400e6,
    alerts: ['ArchiverMemoryHigh'],
  }),
  timeSeries({
    title: 'Clock against Prometheus',
    description: 'By how much the clocks differ. Stores refuse requests from about 15 minutes on.',
    unit: 's',
    lines: [
      [
        'abs(lake_clock_timestamp_seconds{pod=~"$pod"} - timestamp(lake_clock_timestamp_seconds{pod=~"$pod"}))',
        '{{pod}}',
      ],
    ],
    alertAbove: 60,
    alerts: ['ArchiverClockWrong'],
  }),
  timeSeries({
    title: 'CPU',
    description: 'Share of one core, by pod.',
    unit: 'percentunit',
    lines: [['rate(process_cpu_seconds_total{job="archiver", pod=~"$pod"}[$__rate_interval])', '{{pod}}']],
    alerts: ['ArchiverPodDown'],
  }),
];
