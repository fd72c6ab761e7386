import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { EventValidator } from '#events';
import type { Message } from '#pipeline';
import { columnValue, eventColumns } from './event-columns.js';
import { eventLine } from './event-line.js';
import { ParquetFiles } from './parquet-files.js';

const COLUMNS = eventColumns();
const TOPIC = 'sales_events';
const UNTIL_MS = Date.UTC(2027, 0, 1);
const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: '0b5c0a1e-6d5f-4a39-8f2e-0d7a6a2f6a11',
  product_id: 1,
  customer_id: 2,
  quantity: 3,
  unit_price: 12.5,
  total_price: 37.5,
};

describe('ParquetFiles', () => {
  const validator = new EventValidator({ maxBytes: 16_000_000 });
  let folder: string;
  let connection: DuckDBConnection;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parquet-'));
    connection = await (await DuckDBInstance.create(':memory:')).connect();
  });
  afterAll(async () => {
    connection.closeSync();
    await rm(folder, { recursive: true });
  });

  const message = (value: string, rest: Partial<Message> = {}): Message => ({
    ...{ topic: TOPIC, partition: 3, offset: 7, timestampMs: Date.UTC(2026, 0, 31), headers: {} },
    key: Buffer.from('key'),
    value: Buffer.from(value),
    ...rest,
  });

  /** Writes the events, and returns their rows and the folder and day of each. */
  async function written(messages: readonly Message[]): Promise<Record<string, unknown>[]> {
    const files = await ParquetFiles.create(TOPIC, COLUMNS);
    try {
      for (const each of messages) {
        const result = validator.validate(each.value);
        if (result.kind !== 'accept') throw new Error(`${each.offset} is not accepted`);
        files.add(eventLine(each, result, COLUMNS, UNTIL_MS));
      }
      const all: Record<string, unknown>[] = [];
      for await (const { eventType, day, rows, content } of files.written()) {
        const path = join(folder, 'read.parquet');
        await writeFile(path, content);
        const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`);
        const own = reader.getRowObjectsJS();
        expect(own).toHaveLength(rows);
        all.push(...own.map((row) => ({ folder: eventType, day, ...row })));
      }
      return all;
    } finally {
      await files.close();
    }
  }

  /** The event, from its columns and its other fields. */
  function eventOf(row: Record<string, unknown>): Record<string, unknown> {
    const names = [...(COLUMNS.get(String(row['folder']))?.keys() ?? [])];
    const fields = names.map((name): [string, unknown] => [
      name,
      typeof row[name] === 'bigint' ? Number(row[name]) : row[name],
    ]);
    const others = JSON.parse((row['other_fields'] as string | null) ?? '{}') as Record<string, unknown>;
    if (row['folder'] === 'other') return others;
    return { ...Object.fromEntries(fields.filter(([, value]) => value !== null)), ...others };
  }

  it('returns every field of any event as it was', async () => {
    const names = [
      ...(COLUMNS.get('ORDER_CREATED')?.keys() ?? []),
      'event_type',
      'note',
      '__proto__',
      'a\'"b',
    ];
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u2028\0', '\ud800', 2 ** 53, -(2 ** 53), 5e-324, 1.7e308, 0.1 + 0.2),
    );
    const events = fc.sample(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 8 }), {
      numRuns: 300,
      seed: 25,
    });
    const texts = events.map((event) => JSON.stringify({ ...ORDER, ...event }));
    const accepted = texts.filter((text) => validator.validate(Buffer.from(text)).kind === 'accept');
    expect(accepted.length).toBeGreaterThan(30);
    const rows = await written(accepted.map((text, offset) => message(text, { offset })));
    expect(rows).toHaveLength(accepted.length);
    for (const row of rows) {
      const original = JSON.parse(accepted[Number(row['kafka_offset'])] ?? '') as Record<string, unknown>;
      const { event_type: type, ...fields } = original;
      const known = Object.entries(fields).filter(
        ([name, each]) => each !== null || row['folder'] === 'other' || Object.hasOwn(eventOf(row), name),
      );
      const { event_type: restored = row['event_type'], ...found } = eventOf(row);
      expect([restored, found]).toEqual([type, Object.fromEntries(known)]);
    }
  });

  it('keeps the digits of numbers in other fields', async () => {
    const digits = {
      total_price: '12.34567890123456789',
      far: '1e400',
      id: '12345678901234567890',
    };
    const numbers = Object.entries(digits).map(([name, text]) => `"${name}":${text}`);
    const [row] = await written([message(`{"event_type":"OTHER",${numbers.join(',')}}`)]);
    for (const each of numbers) expect(row?.['other_fields']).toContain(each);
    const order = JSON.stringify(ORDER).replace('37.5', digits.total_price);
    const [typed] = await written([message(order)]);
    expect(typed).toMatchObject({ total_price: null, other_fields: `{"total_price":${digits.total_price}}` });
  });

  it('takes the last of duplicate fields, as validation does', async () => {
    const text = JSON.stringify(ORDER).replace('"quantity":3', '"quantity":"many","quantity":4');
    expect((await written([message(text)]))[0]).toMatchObject({ quantity: 4n, other_fields: null });
  });

  it('says where a row comes from', async () => {
    const at = (offset: number, timestampMs: Message['timestampMs'], key: Buffer | null) =>
      message(JSON.stringify(ORDER), { offset, timestampMs, key });
    const rows = await written([
      at(0, Date.UTC(2026, 0, 31, 23, 59, 59, 999), null),
      at(1, Date.UTC(2026, 1, 1), Buffer.from([0xff])),
      at(2, -1, Buffer.from('a"\u2028')),
      at(3, 1_795_500_000_000_001n, Buffer.from('a\0')),
      at(4, UNTIL_MS + 1, Buffer.from('')),
    ]);
    const places = rows.map((row) =>
      ['day', 'kafka_offset', 'kafka_key', 'kafka_key_encoding'].map((name) => row[name]),
    );
    expect(places).toEqual([
      ['1970-01-01', 2n, 'a"\u2028', null],
      ['1970-01-01', 3n, 'YQA=', 'base64'],
      ['1970-01-01', 4n, '', null],
      ['2026-01-31', 0n, null, null],
      ['2026-02-01', 1n, '/w==', 'base64'],
    ]);
    expect(rows.map((row) => [row['kafka_topic'], row['kafka_partition']])).toEqual(
      rows.map(() => [TOPIC, 3]),
    );
    expect(rows.map((row) => row['kafka_timestamp_ms'])).toContain(1_795_500_000_000_001n);
    expect(rows.filter((row) => row['kafka_timestamp'] === null).map((row) => row['kafka_offset'])).toEqual([
      2n,
      3n,
    ]);
  });

  it('writes an event of many megabytes beside small ones', async () => {
    const note = '\u20ac"'.repeat(2_000_000);
    const rows = await written(
      [1, 2].map((offset) => message(JSON.stringify({ ...ORDER, note }), { offset })),
    );
    expect(rows.map((row) => eventOf(row)['note'] === note)).toEqual([true, true]);
  });

  it('holds a value exactly in its column, or not at all', () => {
    expect(columnValue({ name: 'n', type: 'BIGINT' }, 2 ** 53)).toBeUndefined();
    expect(columnValue({ name: 'n', type: 'VARCHAR' }, 'a\0')).toBeUndefined();
  });
});
