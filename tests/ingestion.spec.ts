import { join } from 'node:path';
import { readTopic } from '#testing';
import { environmentOf, operator } from './operator/operator.js';
import { INPUT_CASES, REFUSED_BY_DUCKDB, validOrder } from './support/bad-input.js';
import { changedRecords, contractFolder, withoutRules } from './support/contract-files.js';
import { BOOTSTRAP, Scenario, type Row } from './support/scenario.js';
import type { Ingester } from './support/ingester.js';

const CASES = [...INPUT_CASES, ...REFUSED_BY_DUCKDB];
const CHECKPOINTS = 'SELECT * FROM INGESTION_CHECKPOINTS ORDER BY TOPIC, PARTITION';

/** Bytes in the format of DuckDB's hex(): reading text through JavaScript would drop a byte order mark. */
const hex = (value: Buffer | string) => Buffer.from(value).toString('hex').toUpperCase();

describe('the service between a real broker and DuckDB', () => {
  let scenario: Scenario;
  let ingester: Ingester;
  let rows: Row[];
  let letters: Row[];
  let exitCode: number | null;
  let metrics: string;

  beforeAll(async () => {
    scenario = await Scenario.create('ingestion');
    ingester = await scenario.startIngester();
    for (const { key, value, headers } of CASES) {
      await scenario.produce([{ key: key ?? 'k', value, ...(headers === undefined ? {} : { headers }) }]);
    }
    const stored = CASES.filter(({ expected }) => expected === 'stored').length;
    await ingester.untilMetric('snowflake_events_inserted_total', stored);
    await ingester.untilMetric('event_processing_summary_count', CASES.length);
    await ingester.untilMetric('kafka_lag', 0);
    metrics = (await ingester.get('/metrics')).body;
    exitCode = await ingester.stop();
    rows = await scenario.query(
      `SELECT EVENT_TYPE, PRODUCT_ID, CUSTOMER_ID, hex(encode(CAST(EVENT_CONTENT AS VARCHAR))) AS CONTENT,
              CAST(EVENT_METADATA->>'offset' AS INTEGER) AS AT_OFFSET, EVENT_METADATA->>'key' AS KEY
         FROM RAW_EVENTS_STREAM ORDER BY AT_OFFSET`,
    );
    letters = await scenario.query(
      `SELECT ERROR_TYPE, EVENT_TYPE, hex(CASE VALUE_ENCODING WHEN 'base64' THEN from_base64(ORIGINAL_VALUE)
                                                  ELSE encode(ORIGINAL_VALUE) END) AS ORIGINAL, CAST(EVENT_METADATA->>'offset' AS INTEGER) AS AT_OFFSET
         FROM SALES_EVENTS_DLQ ORDER BY AT_OFFSET`,
    );
  });

  afterAll(() => scenario.cleanUp());

  it.each(CASES.map((each, offset) => ({ ...each, offset })))(
    '$name: $expected',
    ({ value, expected, offset }) => {
      const at = ({ AT_OFFSET }: Row) => Number(AT_OFFSET) === offset;
      const bytes = hex(value ?? '');
      expect(rows.filter(at).map(({ CONTENT }) => CONTENT)).toEqual(expected === 'stored' ? [bytes] : []);
      const isDeadLetter = expected !== 'stored' && expected !== 'skipped';
      expect(letters.filter(at).map(({ ERROR_TYPE, ORIGINAL }) => ({ ERROR_TYPE, ORIGINAL }))).toEqual(
        isDeadLetter ? [{ ERROR_TYPE: expected, ORIGINAL: bytes }] : [],
      );
    },
  );

  it('sends each dead letter to its topic with the original bytes and coordinates', async () => {
    const sent = await readTopic(BOOTSTRAP, scenario.deadLetterTopic);
    const expected = CASES.flatMap(({ value, expected }, offset) =>
      expected === 'stored' || expected === 'skipped'
        ? []
        : [{ offset, value: Buffer.from(value ?? ''), expected }],
    );
    expect(
      sent
        .map(({ value, headers }) => ({
          offset: Number(headers['dlq.source.offset']?.toString()),
          value,
          expected: headers['dlq.error.type']?.toString(),
        }))
        .sort((a, b) => a.offset - b.offset),
    ).toEqual(expected);
  });

  it('does with each message what `operator contracts check` predicts', async () => {
    const against = await contractFolder(join(scenario.folder, 'without-rules'), withoutRules);
    const file = join(scenario.folder, 'changes.ndjson');
    const { code, stdout } = await operator(
      environmentOf(scenario),
      ...['contracts', 'check', '--against', against, '--changes', file, '--json'],
    );
    expect(code).toBe(1);
    const predicted = new Map((await changedRecords(file)).map(({ id, change }) => [id, change]));
    const isOurs = (type: string | null | undefined) =>
      type === 'ORDER_CREATED' || type === 'INVENTORY_ADJUSTED';
    const did = [
      ...letters
        .filter(({ EVENT_TYPE }) => isOurs(EVENT_TYPE))
        .map((row) => ({ ...row, change: 'newlyDead' })),
      ...rows.filter(({ EVENT_TYPE }) => isOurs(EVENT_TYPE)).map((row) => ({ ...row, change: 'drifted' })),
    ] as (Row & { change: string })[];
    expect(predicted).toEqual(
      new Map(did.map(({ AT_OFFSET, change }) => [`${scenario.topic}-0@${AT_OFFSET}`, change])),
    );
    // The warehouse's own refusals cannot be predicted.
    expect(JSON.parse(stdout)).toMatchObject({
      records: CASES.length,
      unchanged: {
        stored: rows.length - predicted.size + invalid().length + REFUSED_BY_DUCKDB.length,
        dead: letters.length - invalid().length - REFUSED_BY_DUCKDB.length,
        skipped: CASES.filter(({ expected }) => expected === 'skipped').length,
      },
    });

    function invalid(): Row[] {
      return letters.filter(({ EVENT_TYPE }) => isOurs(EVENT_TYPE));
    }
  });

  it('keeps a ledger that adds up, and commits its end to Kafka', async () => {
    const count = (outcome: string) => CASES.filter(({ expected }) => expected === outcome).length;
    const deadLettered = CASES.length - count('stored') - count('skipped');
    expect(await scenario.query(CHECKPOINTS)).toEqual([
      expect.objectContaining({
        TOPIC: scenario.topic,
        CONSUMER_GROUP: scenario.group,
        FIRST_OFFSET: '0',
        NEXT_OFFSET: String(CASES.length),
        STORED: String(count('stored')),
        DEAD_LETTERED: String(deadLettered),
        SKIPPED: String(count('skipped')),
        GAPS: '0',
        LOST: '0',
      }),
    ]);
    expect(await scenario.committedOffsets()).toEqual(new Map([[0, CASES.length]]));
  });

  it('fills the columns that analysts filter by', () => {
    const [order] = rows;
    expect(order).toMatchObject({
      EVENT_TYPE: 'ORDER_CREATED',
      PRODUCT_ID: '1001',
      CUSTOMER_ID: '63',
      KEY: 'k',
    });
    const other = rows.find(({ CONTENT }) => CONTENT?.includes(hex('"customer_id":"x"')));
    expect(other).toMatchObject({ EVENT_TYPE: 'CELLAR_VISITED', PRODUCT_ID: null, CUSTOMER_ID: null });
  });

  it.each([
    'kafka_events_consumed_total',
    'snowflake_events_inserted_total',
    'dlq_messages_total',
    'batch_size_events_count',
    'batch_processing_duration_seconds_count',
    'snowflake_insert_duration_seconds_count',
    'current_batch_size',
    'kafka_lag',
    'last_commit_timestamp',
    'event_processing_summary_count',
  ])('exposes %s', (name) => {
    expect(metrics).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
  });

  it('counts every event once in event_processing_summary, and has no unknown event types', () => {
    expect(metrics).toMatch(new RegExp(`^event_processing_summary_count ${CASES.length}$`, 'm'));
    const types = [...metrics.matchAll(/event_type="([^"]*)"/g)].map(([, type]) => type);
    expect(new Set(types)).toEqual(new Set(['ORDER_CREATED', 'INVENTORY_ADJUSTED', 'other']));
  });

  it('exits with 0 at SIGTERM, and reports that everything is stored', () => {
    expect(exitCode).toBe(0);
    expect(ingester.output).toContain('✅ Stopped');
  });

  it('continues where it stopped when it is started again', async () => {
    const again = await scenario.startIngester();
    await scenario.produce([validOrder(7)]);
    await again.untilMetric('snowflake_events_inserted_total', 1);
    expect(await again.stop()).toBe(0);
    const [checkpoint] = await scenario.query(CHECKPOINTS);
    expect(checkpoint).toMatchObject({ FIRST_OFFSET: '0', NEXT_OFFSET: String(CASES.length + 1) });
    const counted = await scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM');
    expect(counted).toEqual([{ N: String(rows.length + 1) }]);
  });
});
