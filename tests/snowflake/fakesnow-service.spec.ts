import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { INGESTION_CHECKPOINTS, RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '#warehouse';
import { Traffic } from '#traffic';
import { SnowflakeWarehouse, type WarehouseRow } from '#testing/warehouse-contract';
import { INPUT_CASES } from '../support/bad-input.js';
import { fakesnowFor } from '../support/fakesnow.js';
import { itIsSkippedWithout } from '../support/optional.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const PRODUCED = 20_000;
const PARTITIONS = 3;
const CHUNK = 1_000;

/** A message and its expected outcome. */
interface Sent {
  partition: number;
  offset: number;
  timestampMs: number;
  key: Buffer;
  value: Buffer | null;
  expected: string;
}

const fakesnow = await fakesnowFor('the service between a broker and a warehouse of 20,000 events');

if (fakesnow === null) itIsSkippedWithout('Python');
else {
  describe('20,000 events and everything that a producer ever sent by mistake', () => {
    let scenario: Scenario;
    let warehouse: SnowflakeWarehouse;
    const sent = messages();
    let events: ReadonlyMap<string, WarehouseRow[]>;
    let letters: ReadonlyMap<string, WarehouseRow[]>;

    beforeAll(async () => {
      scenario = await Scenario.create('fakesnow', { partitions: PARTITIONS });
      const database = `CAVES_${randomUUID().replaceAll('-', '_')}`;
      warehouse = await SnowflakeWarehouse.start({ accessUrl: fakesnow.url, database });
      for (let first = 0; first < sent.length; first += CHUNK) {
        await scenario.produce(
          sent.slice(first, first + CHUNK).map(({ timestampMs, ...message }) => ({
            ...message,
            timestamp: String(timestampMs),
          })),
        );
      }
      const ingester = await scenario.startIngester({
        ...snowflakeEnv(fakesnow),
        SNOWFLAKE_DATABASE: database,
      });
      const settled = sent.filter(({ expected }) => expected !== 'skipped').length;
      const inserted = () => ingester.metric('snowflake_events_inserted_total');
      const dead = () => ingester.metric('dlq_messages_total');
      await ingester.until(
        'all of them',
        async () => (await inserted()) + (await dead()) >= settled,
        180_000,
      );
      await ingester.untilMetric('kafka_lag', 0);
      expect(await ingester.stop()).toBe(0);
      events = bySpot(await warehouse.rows(RAW_EVENTS_STREAM));
      letters = bySpot(await warehouse.rows(SALES_EVENTS_DLQ));
    });
    afterAll(async () => {
      await scenario.cleanUp();
      await fakesnow.stop();
    });

    it('each become one row or one dead letter, or are skipped', () => {
      const wrong = sent.filter(({ expected, ...message }) => {
        const rows = events.get(spotOf(message))?.length ?? 0;
        const dead = letters.get(spotOf(message))?.length ?? 0;
        if (expected === 'stored') return rows !== 1 || dead !== 0;
        return rows !== 0 || dead !== (expected === 'skipped' ? 0 : 1);
      });
      expect(wrong.map(describeSent)).toEqual([]);
      const total = (found: ReadonlyMap<string, WarehouseRow[]>) => [...found.values()].flat().length;
      expect(total(events) + total(letters)).toBe(
        sent.filter(({ expected }) => expected !== 'skipped').length,
      );
    });

    it('are stored as they were sent: columns, metadata and content', () => {
      const wrong = sent.filter((message) => {
        if (message.expected !== 'stored') return false;
        const [row] = events.get(spotOf(message)) ?? [];
        if (row === undefined) return true;
        const event = JSON.parse(String(message.value)) as Record<string, unknown>;
        return (
          row['EVENT_TYPE'] !== textOf(event['event_type']) ||
          row['PRODUCT_ID'] !== integerOf(event['product_id']) ||
          row['CUSTOMER_ID'] !== integerOf(event['customer_id']) ||
          !isDeepStrictEqual(
            JSON.parse(String(row['EVENT_METADATA'])),
            metadataOf(message, scenario.topic),
          ) ||
          !isDeepStrictEqual(JSON.parse(String(row['EVENT_CONTENT'])), event) ||
          Number(row['INGESTION_TIME']) < message.timestampMs
        );
      });
      expect(wrong.map(describeSent)).toEqual([]);
    });

    it('are dead-lettered byte for byte, with the reason', () => {
      const wrong = sent.filter((message) => {
        if (message.expected === 'stored' || message.expected === 'skipped') return false;
        const [letter] = letters.get(spotOf(message)) ?? [];
        if (letter === undefined) return true;
        const encoding = letter['VALUE_ENCODING'] === 'base64' ? 'base64' : 'utf8';
        return (
          letter['ERROR_TYPE'] !== message.expected ||
          !Buffer.from(String(letter['ORIGINAL_VALUE']), encoding).equals(message.value ?? Buffer.alloc(0)) ||
          String(letter['ERROR_REASON']).length < 10 ||
          letter['ATTEMPT'] !== 1
        );
      });
      expect(wrong.map(describeSent)).toEqual([]);
    });

    it('are counted in a ledger that adds up to the end of each partition', async () => {
      const checkpoints = await warehouse.rows(INGESTION_CHECKPOINTS);
      const expected = Array.from({ length: PARTITIONS }, (_, partition) => {
        const own = sent.filter((message) => message.partition === partition);
        const count = (is: (expected: string) => boolean) => own.filter((each) => is(each.expected)).length;
        return expect.objectContaining({
          PARTITION: partition,
          FIRST_OFFSET: 0,
          NEXT_OFFSET: own.length,
          STORED: count((each) => each === 'stored'),
          DEAD_LETTERED: count((each) => each !== 'stored' && each !== 'skipped'),
          SKIPPED: count((each) => each === 'skipped'),
          GAPS: 0,
          LOST: 0,
        }) as unknown;
      });
      expect(checkpoints).toHaveLength(PARTITIONS);
      expect(checkpoints).toEqual(expect.arrayContaining(expected));
    });
  });
}

/** The producer's traffic, a tenth of it bad, mixed with the special cases, in the order of sending. */
function messages(): Sent[] {
  const traffic = new Traffic({ seed: 2026, shares: { bad: 0.1, tombstones: 0.02, unknown: 0.03 } });
  const produced = Array.from({ length: PRODUCED }, () => traffic.next());
  const odd = INPUT_CASES.map(({ name, key = 'k', value, expected }) => ({
    key,
    value: value === null ? null : Buffer.from(value),
    // DuckDB, which fakesnow uses, does not accept it as JSON.
    expected: name === 'a lone surrogate' ? 'warehouse_rejected' : expected,
  }));
  const ends = Array.from({ length: PARTITIONS }, () => 0);
  return [...produced.slice(0, PRODUCED / 2), ...odd, ...produced.slice(PRODUCED / 2)].map(
    (message, index) => {
      const partition = index % PARTITIONS;
      const offset = ends[partition] ?? 0;
      ends[partition] = offset + 1;
      const { value, expected } = message;
      const timestampMs = 1_764_000_000_000 + index;
      return { partition, offset, timestampMs, key: Buffer.from(message.key), value, expected };
    },
  );
}

function bySpot(rows: readonly WarehouseRow[]): Map<string, WarehouseRow[]> {
  return Map.groupBy(rows, (row) =>
    spotOf(JSON.parse(String(row['EVENT_METADATA'])) as { partition: number; offset: number }),
  );
}

function spotOf({ partition, offset }: { partition: number; offset: number }): string {
  return `${partition}-${offset}`;
}

function metadataOf({ partition, offset, timestampMs, key }: Sent, topic: string) {
  const place = { topic, partition, offset, timestamp_ms: timestampMs };
  const text = key.toString();
  return Buffer.from(text).equals(key) && !text.includes('\0')
    ? { ...place, key: text }
    : { ...place, key: key.toString('base64'), key_encoding: 'base64' };
}

function describeSent(message: Sent): string {
  return `${spotOf(message)} ${message.expected}: ${String(message.value).slice(0, 80)}`;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : null;
}

function integerOf(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null;
}
