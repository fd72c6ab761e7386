import { MetricsReading } from './metrics-reading.js';

const reading = new MetricsReading(`# HELP kafka_lag Messages that wait
# TYPE kafka_lag gauge
kafka_lag{topic="sales_events",partition="0"} 3
kafka_lag{topic="sales_events",partition="1"} 4.5 1700000000000
kafka_lag{topic="an \\"other\\" \\\\ topic",partition="0"} 1e3
kafka_lag_seconds 7
last_commit_timestamp 1700000000.25
`);

describe('MetricsReading', () => {
  it('sums up the series of a metric, and ignores other metrics with the same prefix', () => {
    expect(reading.sum('kafka_lag')).toBe(1007.5);
  });

  it('filters by labels', () => {
    expect(reading.sum('kafka_lag', { topic: 'sales_events' })).toBe(7.5);
    expect(reading.sum('kafka_lag', { topic: 'sales_events', partition: '2' })).toBe(0);
  });

  it('sums up by the values of a label, and unescapes them', () => {
    expect(reading.by('kafka_lag', 'topic')).toEqual(
      new Map([
        ['sales_events', 7.5],
        ['an "other" \\ topic', 1000],
      ]),
    );
  });

  it('reads metrics without labels, and 0 for missing ones', () => {
    expect(reading.sum('last_commit_timestamp')).toBe(1700000000.25);
    expect(reading.sum('dlq_messages_total')).toBe(0);
  });
});
