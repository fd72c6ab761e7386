import { ENVIRONMENT, timeSeries, type PanelSource } from '../panels.js';

/** Panels that tell an operator whether Flink keeps the totals up to date. */
export const flinkPanels: PanelSource[] = [
  timeSeries({
    title: 'Events read and not read yet',
    description:
      'Events that Flink reads each second, and how many wait in the topic. Few wait, except after a stop.',
    unit: 'short',
    lines: [
      [
        `sum(rate(flink_taskmanager_job_task_operator_numRecordsIn{${ENVIRONMENT}, operator_name=~"Source.*"}[$__rate_interval]))`,
        'read a second',
      ],
      [`sum(flink_taskmanager_job_task_operator_pendingRecords{${ENVIRONMENT}})`, 'waiting'],
    ],
    alerts: ['AggregationsLagGrowing'],
  }),
  timeSeries({
    title: 'Watermark delay',
    description:
      'How far the time up to which hours are closed is behind the clock. It grows while no event arrives.',
    unit: 'ms',
    lines: [[`max(flink_taskmanager_job_task_operator_watermarkLag{${ENVIRONMENT}})`, 'behind']],
    alerts: ['AggregationsHoursNotClosing'],
  }),
  timeSeries({
    title: 'Checkpoints',
    description: 'Completed and failed. Results appear with each completed one.',
    unit: 'short',
    lines: [
      [
        `sum(increase(flink_jobmanager_job_numberOfCompletedCheckpoints{${ENVIRONMENT}}[$__rate_interval]))`,
        'completed',
      ],
      [
        `sum(increase(flink_jobmanager_job_numberOfFailedCheckpoints{${ENVIRONMENT}}[$__rate_interval]))`,
        'failed',
      ],
    ],
    bars: true,
    alerts: ['AggregationsNoCheckpoint'],
  }),
  timeSeries({
    title: 'Time of a checkpoint',
    description: 'Of the last one. The alert fires at a minute.',
    unit: 'ms',
    lines: [[`max(flink_jobmanager_job_lastCheckpointDuration{${ENVIRONMENT}})`, 'last']],
    alertAbove: 60_000,
    alerts: ['AggregationsCheckpointSlow'],
  }),
  timeSeries({
    title: 'State',
    description: 'Size of the last checkpoint: the remembered ids and the totals.',
    unit: 'bytes',
    lines: [[`max(flink_jobmanager_job_lastCheckpointFullSize{${ENVIRONMENT}})`, 'last checkpoint']],
  }),
  timeSeries({
    title: 'Restarts of the job',
    description: 'Each one repeats the work since the last checkpoint. Nothing is lost or counted twice.',
    unit: 'short',
    lines: [
      [`sum(increase(flink_jobmanager_job_numRestarts{${ENVIRONMENT}}[$__rate_interval]))`, 'restarts'],
    ],
    bars: true,
    alerts: ['AggregationsRestarting', 'AggregationsDown'],
  }),
];
