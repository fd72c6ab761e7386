import { BigValueColorMode, BigValueGraphMode } from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as GaugeBuilder } from '@grafana/grafana-foundation-sdk/gauge';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import {
  DATASOURCE,
  HEIGHT,
  instantQuery,
  quantiles,
  QUARTER,
  query,
  SIXTH,
  thresholds,
  timeSeries,
  type PanelSource,
} from './panels.js';

/** The eight panels that users know by these names. */
export const knownPanels: PanelSource[] = [
  timeSeries({
    title: 'Events Consumed Rate',
    description: 'Messages read from Kafka each second, by event type.',
    unit: 'eps',
    lines: [
      [
        'sum by (event_type) (rate(kafka_events_consumed_total{pod=~"$pod"}[$__rate_interval]))',
        '{{event_type}}',
      ],
    ],
    alerts: ['ThroughputLow', 'ConsumedRateAnomaly'],
  }),
  new GaugeBuilder()
    .title('Total Events Consumed')
    .description('Messages read from Kafka since the pods have been running.')
    .datasource(DATASOURCE)
    .unit('short')
    .min(0)
    .span(SIXTH)
    .height(HEIGHT)
    .withTarget(instantQuery('sum(kafka_events_consumed_total{pod=~"$pod"})')),
  new StatBuilder()
    .title('Current Batch Size')
    .description(
      'Messages in the batches being filled. A batch is due at 100, and grows while another one is written.',
    )
    .datasource(DATASOURCE)
    .unit('short')
    .span(SIXTH)
    .height(HEIGHT)
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .withTarget(query('sum(current_batch_size{pod=~"$pod"})', 'messages')),
  timeSeries({
    title: 'Batch Processing Duration',
    description:
      'From the moment a batch is due to its commit in the warehouse, retries included. Expected: p95 of 1 to 2 s.',
    unit: 's',
    lines: quantiles('batch_processing_duration_seconds'),
    alertAbove: 5,
    alerts: ['BatchSlow'],
  }),
  timeSeries({
    title: 'Snowflake Insert Duration',
    description: 'The warehouse transaction that stores a batch. Expected: p95 of 0.5 to 1 s.',
    width: QUARTER,
    unit: 's',
    lines: quantiles('snowflake_insert_duration_seconds'),
    alertAbove: 3,
    alerts: ['InsertSlow'],
  }),
  timeSeries({
    title: 'Events Inserted (per minute)',
    description: 'Rows committed to RAW_EVENTS_STREAM each minute, by event type.',
    width: QUARTER,
    unit: 'short',
    lines: [
      [
        '60 * sum by (event_type) (rate(snowflake_events_inserted_total{pod=~"$pod"}[$__rate_interval]))',
        '{{event_type}}',
      ],
    ],
    alerts: ['NothingCommitted', 'NothingStored', 'WarehouseUnavailable'],
  }),
  timeSeries({
    title: 'DLQ Messages by error type',
    description: 'Dead letters in the time of each bar. Expected: less than one message in a thousand.',
    width: QUARTER,
    unit: 'short',
    lines: [
      ['sum by (error_type) (increase(dlq_messages_total{pod=~"$pod"}[$__rate_interval]))', '{{error_type}}'],
    ],
    bars: true,
    alerts: ['ErrorRatioHigh', 'ErrorRatioAnomaly'],
  }),
  new TableBuilder()
    .title('Events Summary by Type')
    .description('Since the pods have been running.')
    .datasource(DATASOURCE)
    .span(QUARTER)
    .height(HEIGHT)
    .withTarget(instantQuery('sum by (event_type) (kafka_events_consumed_total{pod=~"$pod"})', 'A'))
    .withTarget(instantQuery('sum by (event_type) (snowflake_events_inserted_total{pod=~"$pod"})', 'B'))
    .withTarget(
      instantQuery(
        'sum by (event_type) (kafka_events_consumed_total{pod=~"$pod", status!~"success|skipped"})',
        'C',
      ),
    )
    .withTransformation({ id: 'joinByField', options: { byField: 'event_type', mode: 'outer' } })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { 'Time 1': true, 'Time 2': true, 'Time 3': true },
        renameByName: {
          event_type: 'Event type',
          'Value #A': 'Consumed',
          'Value #B': 'Inserted',
          'Value #C': 'Refused',
        },
      },
    })
    .overrideByName('Refused', [
      { id: 'thresholds', value: thresholds([[1, 'orange']]).build() },
      { id: 'custom.cellOptions', value: { type: 'color-text' } },
    ]),
];
