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
  it('adds up the series of a metric, and takes no other that begins like it', () => {
    expect(reading.sum('kafka_lag')).toBe(1007.5);
  });

  it('keeps to the labels that are asked for', () => {
    expect(reading.sum('kafka_lag', { topic: 'sales_events' })).toBe(7.5);
    expect(reading.sum('kafka_lag', { topic: 'sales_events', partition: '2' })).toBe(0);
  });

  it('adds up by the values of a label, with what is escaped in them', () => {
    expect(reading.by('kafka_lag', 'topic')).toEqual(
      new Map([
        ['sales_events', 7.5],
        ['an "other" \\ topic', 1000],
      ]),
    );
  });

  it('reads metrics without labels, and 0 for those that are not there', () => {
    expect(reading.sum('last_commit_timestamp')).toBe(1700000000.25);
    expect(reading.sum('dlq_messages_total')).toBe(0);
  });
});
