import { pino } from 'pino';
import type { EventLabel } from '#events';
import {
  countStored,
  type Batch,
  type DeadLetter,
  type Fault,
  type PartitionRange,
  type StoredRow,
} from '#pipeline';
import { Metrics } from '../metrics/metrics.js';
import { PipelineTelemetry } from './pipeline-telemetry.js';

const TIMEOUT: Fault = { class: 'transient', code: 'ETIMEDOUT', message: 'No answer', remedy: null };
const PRIVILEGE: Fault = {
  class: 'setup',
  code: '003001',
  message: 'No right to insert into RAW_EVENTS_STREAM',
  remedy: 'Grant INSERT to the role',
};

let metrics: Metrics;
let telemetry: PipelineTelemetry;
let lines: Record<string, unknown>[];

beforeEach(() => {
  lines = [];
  metrics = new Metrics('1.2.3');
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  telemetry = new PipelineTelemetry(pino({ level: 'debug' }, stream), metrics);
});

const words = () => lines.map(({ msg }) => msg);

/** The value of the sample with this series text in the exposition; null if there is none. */
async function sample(series: string): Promise<number | null> {
  const text = await metrics.registry.metrics();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

function batchOf(
  labels: EventLabel[],
  {
    deadLetters = 0,
    skipped = 0,
    agesMs = [0],
  }: { deadLetters?: number; skipped?: number; agesMs?: number[] } = {},
): Batch {
  const rows = labels.map((label, index) => {
    const timestampMs = Date.now() - (agesMs[index % agesMs.length] ?? 0);
    return { label, message: { topic: 't', partition: 0, offset: index, timestampMs } } as StoredRow;
  });
  const range: PartitionRange = {
    topic: 't',
    partition: 0,
    from: 100,
    to: 100 + labels.length + deadLetters + skipped,
    stored: labels.length,
    deadLettered: deadLetters,
    skipped,
    gaps: 0,
    lost: 0,
    lastTimestampMs: null,
  };
  return {
    id: 'b0',
    rows,
    storedCounts: countStored(rows),
    deadLetters: Array.from({ length: deadLetters }, () => ({}) as DeadLetter),
    ranges: [range],
    bytes: 1_000,
    openedAtMs: Date.now() - 3_000,
  };
}

const ORDERS = Array.from({ length: 863 }, () => 'ORDER_CREATED' as const);
const INVENTORY = Array.from({ length: 371 }, () => 'INVENTORY_ADJUSTED' as const);

describe('a committed batch', () => {
  const commit = (batch: Batch, totalSeconds = 0.25) => {
    telemetry.batchCommitted({ batch, warehouseSeconds: 0.21, totalSeconds, heldSeconds: 0 });
  };

  it('is one line, with the totals of the session at its end', () => {
    commit(batchOf([...ORDERS, ...INVENTORY]));
    commit(batchOf(['ORDER_CREATED', 'other'], { deadLetters: 2, skipped: 1 }));
    expect(words()).toEqual([
      '📦 1,234 events 📊 ORDER_CREATED 863, INVENTORY_ADJUSTED 371 ✅ 1,234 rows staged ⚡ 0.21 s 🎯 0.25 s ' +
        '✅ committed 📈 Orders 863, Inventory 371, Other 0, Errors 0',
      '📦 5 events 📊 ORDER_CREATED 1, other 1 ⚠️ 2 dead letters 1 skipped ✅ 2 rows staged ⚡ 0.21 s 🎯 0.25 s ' +
        '✅ committed 📈 Orders 864, Inventory 371, Other 1, Errors 2',
    ]);
  });

  it('has its figures as fields of the line', () => {
    commit(batchOf(['ORDER_CREATED', 'other'], { deadLetters: 1 }));
    expect(lines[0]).toMatchObject({
      event: 'batch_committed',
      batchId: 'b0',
      events: 3,
      rows: 2,
      deadLetters: 1,
      stored: { ORDER_CREATED: 1, other: 1 },
      partitions: ['t-0@100..102'],
      session: { events: 3, errors: 1 },
    });
  });

  it('is counted in all of its metrics', async () => {
    const before = Date.now() / 1000;
    commit(batchOf([...ORDERS, ...INVENTORY], { deadLetters: 6 }));
    expect(await sample('snowflake_events_inserted_total{event_type="ORDER_CREATED"}')).toBe(863);
    expect(await sample('snowflake_events_inserted_total{event_type="INVENTORY_ADJUSTED"}')).toBe(371);
    expect(await sample('batch_size_events_bucket{le="1000"}')).toBe(0);
    expect(await sample('batch_size_events_bucket{le="2000"}')).toBe(1);
    expect(await sample('batch_processing_duration_seconds_sum')).toBe(0.25);
    expect(await sample('snowflake_insert_duration_seconds_sum')).toBe(0.21);
    expect(await sample('last_commit_timestamp')).toBeGreaterThanOrEqual(before);
    expect(await sample('stage_duration_seconds_sum{stage="warehouse"}')).toBe(0.21);
    expect(await sample('stage_duration_seconds_sum{stage="wait"}')).toBeGreaterThanOrEqual(2.75);
  });

  it('adds each of its events to the summary with its share of the time', async () => {
    commit(batchOf(['other', 'other', 'other'], { skipped: 1 }), 2);
    commit(batchOf(['other'], { deadLetters: 1 }), 1);
    expect(await sample('event_processing_summary_count')).toBe(6);
    expect(await sample('event_processing_summary_sum')).toBeCloseTo(3);
    expect(await sample('event_processing_summary{quantile="0.5"}')).toBe(0.5);
  });

  it('measures the latency of its oldest and its newest row', async () => {
    commit(batchOf(['other', 'other', 'other'], { agesMs: [20_000, 90_000, 400_000] }));
    expect(await sample('event_to_warehouse_latency_seconds_count')).toBe(2);
    expect(await sample('event_to_warehouse_latency_seconds_bucket{le="30"}')).toBe(1);
    expect(await sample('event_to_warehouse_latency_seconds_bucket{le="300"}')).toBe(1);
  });

  it('counts a message from the future as new', async () => {
    commit(batchOf(['other'], { agesMs: [-60_000] }));
    expect(await sample('event_to_warehouse_latency_seconds_sum')).toBe(0);
  });

  it('may contain no events', async () => {
    commit(batchOf([]));
    expect(words()).toEqual([
      '📦 0 events ✅ 0 rows staged ⚡ 0.21 s 🎯 0.25 s ✅ committed 📈 Orders 0, Inventory 0, Other 0, Errors 0',
    ]);
    expect(await sample('event_processing_summary_count')).toBe(0);
  });

  it('counts towards the session', () => {
    commit(batchOf(['ORDER_CREATED', 'other'], { deadLetters: 1, skipped: 2 }));
    commit(batchOf(['other']));
    expect(telemetry.runStats()).toEqual({
      events: 6,
      batches: 2,
      stored: { ORDER_CREATED: 1, INVENTORY_ADJUSTED: 0, other: 2 },
      errors: 1,
      skipped: 2,
    });
  });
});

describe('validated messages', () => {
  it('are counted by type and status, undecodable ones as json_error, without a log line', async () => {
    telemetry.validated(
      [
        { label: 'ORDER_CREATED', status: 'success', count: 40 },
        { label: 'ORDER_CREATED', status: 'invalid_schema', count: 2 },
        { label: 'other', status: 'json_decode', count: 3 },
        { label: 'other', status: 'skipped', count: 1 },
      ],
      [{ label: 'ORDER_CREATED', kind: 'unknown_field', count: 7 }],
      0.004,
    );
    const consumed = (labels: string) => sample(`kafka_events_consumed_total{${labels}}`);
    expect(await consumed('event_type="ORDER_CREATED",status="success"')).toBe(40);
    expect(await consumed('event_type="ORDER_CREATED",status="invalid_schema"')).toBe(2);
    expect(await consumed('event_type="other",status="json_error"')).toBe(3);
    expect(await consumed('event_type="other",status="skipped"')).toBe(1);
    expect(await sample('contract_drift_total{event_type="ORDER_CREATED",kind="unknown_field"}')).toBe(7);
    expect(await sample('stage_duration_seconds_sum{stage="judge"}')).toBe(0.004);
    expect(lines).toEqual([]);
  });
});

describe('the log and the metrics report', () => {
  it('dead letters with the first coordinates, counted by error type', async () => {
    const first = { topic: 'sales_events', partition: 3, offset: 1042, value: 'not for logs' };
    const counts = [
      { errorType: 'invalid_schema' as const, count: 2 },
      { errorType: 'json_decode' as const, count: 1 },
    ];
    telemetry.deadLettersPublished(counts, first, 0.03);
    expect(words()).toEqual([
      '📮 3 dead letters (invalid_schema 2, json_decode 1), the first from sales_events-3@1042',
    ]);
    expect(JSON.stringify(lines)).not.toContain('not for logs');
    expect(await sample('dlq_messages_total{error_type="invalid_schema"}')).toBe(2);
    expect(await sample('dlq_messages_total{error_type="json_decode"}')).toBe(1);
    expect(await sample('stage_duration_seconds_sum{stage="dead_letter"}')).toBe(0.03);
  });

  it('dead letters as a warning only while they are more than a tenth of the recent messages', () => {
    const first = { topic: 't', partition: 0, offset: 7 };
    for (const ratio of [0.01, 0.1, 0.5, 0.01]) {
      telemetry.deadLetterRatio(ratio);
      telemetry.deadLettersPublished([{ errorType: 'json_decode', count: 1 }], first, 0.03);
    }
    expect(lines.map(({ level }) => level)).toEqual([30, 30, 40, 30]);
    expect(words()[2]).toBe(
      '⚠️ 1 dead letter (json_decode 1), the first from t-0@7: 50 % of the recent messages',
    );
  });

  it('rows that the warehouse rejects, from none on, so that the first ones are an increase', async () => {
    expect(await sample('warehouse_errors_total{class="data",code="rejected_row"}')).toBe(0);
    telemetry.rowsRejected(2, { topic: 't', partition: 0, offset: 7 }, 'not parseable as JSON');
    expect(words()).toEqual([
      '⚠️ The warehouse rejected 2 rows, the first from t-0@7: not parseable as JSON. Dead-lettered as warehouse_rejected',
    ]);
    expect(await sample('warehouse_errors_total{class="data",code="rejected_row"}')).toBe(2);
  });

  it('a transient fault as a warning, a setup fault as an error with its remedy', async () => {
    telemetry.faulted('warehouse', TIMEOUT, 1, 250);
    telemetry.faulted('warehouse', PRIVILEGE, 2, 2_000);
    expect(words()).toEqual([
      '⚠️ The warehouse: No answer (ETIMEDOUT). Retrying in 0.25 s',
      '❌ The warehouse: No right to insert into RAW_EVENTS_STREAM (003001). Grant INSERT to the role. Retrying in 2.00 s',
    ]);
    expect(lines.map(({ level }) => level)).toEqual([40, 50]);
    expect(await sample('faults_total{stage="warehouse",class="setup"}')).toBe(1);
    expect(await sample('warehouse_errors_total{class="transient",code="ETIMEDOUT"}')).toBe(1);
  });

  it.each([
    'ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP',
    'ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED',
  ])('a fault with the code %s, which an alert selects', async (code) => {
    telemetry.faulted('warehouse', { ...TIMEOUT, code }, 1, 250);
    expect(await sample(`warehouse_errors_total{class="transient",code="${code}"}`)).toBe(1);
  });

  it('a repeated fault at growing intervals, and count it each time', async () => {
    for (let attempt = 1; attempt <= 100; attempt += 1) telemetry.faulted('kafka', TIMEOUT, attempt, 15_000);
    expect(lines.map(({ times }) => times)).toEqual([1, 2, 4, 8, 16, 32, 64]);
    expect(words().at(-1)).toBe('⚠️ Kafka: No answer (ETIMEDOUT) [64 times so far]. Retrying in 15.0 s');
    expect(await sample('faults_total{stage="kafka",class="transient"}')).toBe(100);
  });

  it('the next fault after a recovery at once', () => {
    telemetry.faulted('warehouse', TIMEOUT, 1, 250);
    telemetry.faulted('kafka', TIMEOUT, 1, 250);
    telemetry.recovered('warehouse', 12_345);
    lines.length = 0;
    for (let again = 0; again < 2; again += 1) telemetry.faulted('warehouse', TIMEOUT, 1, 250);
    telemetry.faulted('kafka', TIMEOUT, 2, 250);
    telemetry.faulted('kafka', TIMEOUT, 3, 250);
    expect(lines.map(({ stage, times }) => [stage, times])).toEqual([
      ['warehouse', 1],
      ['warehouse', 2],
      ['kafka', 2],
    ]);
  });

  it('a recovery with its duration', () => {
    telemetry.recovered('warehouse', 12_345);
    expect(words()).toEqual(['✅ The warehouse: works again after 12.3 s']);
  });

  it('a bounded number of series, however many codes there are', async () => {
    for (let code = 0; code < 500; code += 1) {
      telemetry.faulted('warehouse', { ...TIMEOUT, code: `00${code}` }, 1, 250);
    }
    telemetry.faulted('warehouse', { ...TIMEOUT, code: 'a "strange"\ncode' }, 1, 250);
    const text = await metrics.registry.metrics();
    // Those, one for other codes, and one for rejected rows.
    expect(text.match(/^warehouse_errors_total\{/gm)).toHaveLength(52);
    expect(await sample('warehouse_errors_total{class="transient",code="other"}')).toBe(451);
  });

  it('overruled committed offsets, as a warning if they are ahead', () => {
    lines.length = 0;
    telemetry.committedOverruled([
      { topic: 't', partition: 2, committed: 9, checkpoint: 7, isOurs: false },
      { topic: 't', partition: 3, committed: 5, checkpoint: 7, isOurs: true },
    ]);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 40,
        event: 'committed_overruled',
        partition: 2,
        msg: expect.stringContaining("t-2: the group's committed offset is 9, the checkpoint 7;") as string,
      }),
      expect.objectContaining({ level: 30, partition: 3 }),
    ]);
  });

  it('a warehouse that was set back, and how much is read again', async () => {
    lines.length = 0;
    telemetry.committedOverruled([{ topic: 't', partition: 2, committed: 9, checkpoint: 7, isOurs: true }]);
    expect(lines).toEqual([
      expect.objectContaining({
        level: 40,
        event: 'warehouse_set_back',
        partition: 2,
        msg: expect.stringMatching(/^↪️ t-2: this service had settled.*2 offsets are read again/) as string,
      }),
    ]);
  });

  it('a held partition with its remedy', async () => {
    telemetry.assigned(
      1,
      [2, 3].map((partition) => ({ topic: 't', partition })),
    );
    lines.length = 0;
    telemetry.partitionHeld(
      { topic: 't', partition: 2 },
      { class: 'setup', code: 'TOPIC_LOST_PAST', message: 't-2 ends at 1', remedy: 'Restore the topic' },
    );
    expect(lines).toEqual([
      expect.objectContaining({
        level: 50,
        event: 'partition_held',
        partition: 2,
        code: 'TOPIC_LOST_PAST',
        msg: '❌ t-2 ends at 1 (TOPIC_LOST_PAST). Restore the topic',
      }),
    ]);
    expect(await sample('kafka_partitions_held{topic="t",partition="2"}')).toBe(1);
    expect(await sample('kafka_partitions_held{topic="t",partition="3"}')).toBe(0);
    telemetry.assigned(2, []);
    expect(await sample('kafka_partitions_held{topic="t",partition="2"}')).toBeNull();
  });

  it('a batch held by the dead-letter limit until it is released', async () => {
    expect(await sample('dead_letter_limit_hit')).toBe(0);
    telemetry.deadLetterRatio(0.6);
    telemetry.deadLettersHeld('The dead-letter limit is reached');
    expect(await sample('dead_letter_ratio')).toBe(0.6);
    expect(await sample('dead_letter_limit_hit')).toBe(1);
    telemetry.deadLettersFreed('lifted');
    expect(await sample('dead_letter_limit_hit')).toBe(0);
    telemetry.deadLettersFreed('let-go');
    expect(lines).toEqual([
      expect.objectContaining({
        level: 50,
        event: 'dead_letters_held',
        msg: '❌ The dead-letter limit is reached',
      }),
      expect.objectContaining({
        how: 'lifted',
        msg: expect.stringMatching(/^⚠️ The dead-letter limit is lifted/),
      }),
      expect.objectContaining({ how: 'let-go', msg: expect.stringMatching(/is dropped: the next owner/) }),
    ]);
  });

  it('messages that retention deleted', async () => {
    telemetry.lost({ topic: 't', partition: 2, from: 100, to: 1_300 });
    expect(words()).toEqual([
      '❌ t-2: 1,200 messages lost: retention deleted the offsets 100 to 1299 before they were read. Reading continues at 1300',
    ]);
    expect(await sample('lost_messages_total')).toBe(1_200);
  });

  it('a checkpoint that another owner moved', async () => {
    telemetry.checkpointStale([
      { topic: 't', partition: 0, expected: 150, checkpoint: 120 },
      { topic: 't', partition: 1, expected: 9, checkpoint: 20 },
    ]);
    expect(words()).toEqual([
      expect.stringContaining("⚠️ t-0: the warehouse's checkpoint is 120"),
      expect.stringContaining("⚠️ t-1: the warehouse's checkpoint is 20"),
    ]);
    expect(await sample('stale_checkpoints_total')).toBe(2);
  });

  it('commits that Kafka rejects, at growing intervals until one succeeds', async () => {
    for (let times = 0; times < 3; times += 1) telemetry.offsetsCommitted(0.01, 'rebalance in progress');
    telemetry.offsetsCommitted(0.01, null);
    telemetry.offsetsCommitted(0.01, 'rebalance in progress');
    expect(lines.map(({ times }) => times)).toEqual([1, 2, 1]);
    expect(words()[0]).toMatch(
      /^⚠️ Kafka did not accept the committed offsets: rebalance in progress\. Nothing is lost/,
    );
    expect(await sample('stage_duration_seconds_count{stage="kafka_commit"}')).toBe(5);
  });
});

describe('partitions', () => {
  const at = (partition: number) => ({ topic: 't', partition });
  const seen = (partition: number, lag: number, agoMs = 0) => ({
    ...at(partition),
    lag,
    end: 100,
    oldestMs: null as number | null,
    seenAt: performance.now() - agoMs,
  });

  it('show their lag only while they are assigned', async () => {
    telemetry.assigned(1, [at(0), at(1)]);
    telemetry.lag([seen(0, 5), seen(1, 0)]);
    expect(await sample('kafka_lag{topic="t",partition="1"}')).toBe(0);
    telemetry.assigned(2, [at(0)]);
    expect(await sample('kafka_lag{topic="t",partition="0"}')).toBe(5);
    expect(await sample('kafka_lag{topic="t",partition="1"}')).toBeNull();
    telemetry.assigned(3, []);
    expect(await metrics.registry.metrics()).not.toMatch(/^kafka_lag/m);
  });

  it('show the age of the oldest unsettled message: 0 if none waits, nothing while it is unknown', async () => {
    telemetry.assigned(1, [at(0), at(1), at(2)]);
    telemetry.lag([{ ...seen(0, 5), oldestMs: Date.now() - 90_000 }, seen(1, 0), seen(2, 7)]);
    expect(await sample('kafka_lag_seconds{topic="t",partition="0"}')).toBeGreaterThanOrEqual(90);
    expect(await sample('kafka_lag_seconds{topic="t",partition="1"}')).toBe(0);
    expect(await sample('kafka_lag_seconds{topic="t",partition="2"}')).toBeNull();
    telemetry.lag([{ ...seen(0, 5, 60_000), oldestMs: Date.now() - 90_000 }]);
    expect(await sample('kafka_lag_seconds{topic="t",partition="0"}')).toBeGreaterThanOrEqual(90);
  });

  it('show no lag if the end of the log was seen too long ago, but when that was', async () => {
    telemetry.assigned(1, [at(0), at(1), at(2)]);
    telemetry.lag([seen(0, 5), seen(1, 7, 60_000)]);
    expect(await sample('kafka_lag{topic="t",partition="0"}')).toBe(5);
    expect(await sample('kafka_lag{topic="t",partition="1"}')).toBeNull();
    const observed = await sample('kafka_lag_observed_timestamp_seconds{topic="t",partition="1"}');
    expect(Date.now() / 1000 - (observed ?? 0)).toBeGreaterThanOrEqual(60);
    expect(await sample('kafka_lag_observed_timestamp_seconds{topic="t",partition="2"}')).toBeNull();
  });

  it('are shown only while the process is a member of the group', async () => {
    let isMember = true;
    metrics.partitions.membershipFrom(() => isMember);
    telemetry.assigned(1, [at(0)]);
    telemetry.lag([seen(0, 5)]);
    const shown = async () => [
      await sample('assigned_partitions'),
      await sample('kafka_lag{topic="t",partition="0"}'),
      await sample('kafka_partitions_held{topic="t",partition="0"}'),
    ];
    expect(await shown()).toEqual([1, 5, 0]);
    isMember = false;
    expect(await shown()).toEqual([0, null, null]);
    isMember = true;
    expect(await shown()).toEqual([1, 5, 0]);
  });

  it('are counted and listed when the process joins the group', async () => {
    telemetry.assigned(1, [at(0), at(3)]);
    telemetry.assigned(2, [at(3)]);
    expect(words()).toEqual([
      '🤝 Joined the group (generation 1): 2 partitions assigned: t-0, t-3',
      '🤝 Joined the group (generation 2): 1 partition assigned: t-3',
    ]);
    expect(await sample('assigned_partitions')).toBe(1);
    expect(await sample('rebalances_total')).toBe(2);
  });
});

describe('the buffer', () => {
  it('shows its fill level without a log line', async () => {
    telemetry.buffered(42, 4_200);
    expect(await sample('current_batch_size')).toBe(42);
    expect(await sample('buffer_bytes')).toBe(4_200);
    expect(lines).toEqual([]);
  });
});

it('counts the bytes that Snowpipe Streaming accepted, also in attempts that failed', async () => {
  const name = 'snowflake_streaming_billed_bytes_total';
  expect(await sample(name)).toBe(0);
  const attempt = { stage: 'warehouse', startedAt: 0, endedAt: 1, messages: 1, steps: [] } as const;
  telemetry.batchTried({ ...attempt, outcome: 'fault', fault: TIMEOUT, billedBytes: 700 });
  telemetry.batchTried({ ...attempt, outcome: 'stored', fault: null, billedBytes: 300 });
  expect(await sample(name)).toBe(1_000);
});
