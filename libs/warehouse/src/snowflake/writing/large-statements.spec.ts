import { randomBytes, randomUUID } from 'node:crypto';
import type { Batch, EventRepository } from '#pipeline';
import { SnowflakeEndpoint, type SnowflakeEndpointOptions } from '#snowflake-endpoint';
import {
  batch,
  expectStored,
  GROUP,
  letter,
  range,
  row,
  SnowflakeWarehouse,
  stored,
  TOPIC,
} from '#testing/warehouse-contract';
import type { SnowflakeOptions } from '../session/session-options.js';

const MAX_REQUEST_BYTES = 20_000;

let endpoint: SnowflakeEndpoint;
let repository: EventRepository;

async function start(
  server: Partial<SnowflakeEndpointOptions>,
  over: Partial<SnowflakeOptions> = {},
): Promise<void> {
  endpoint = await SnowflakeEndpoint.start(server);
  const warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
  repository = warehouse.repository(GROUP, over);
  expect(await repository.open()).toEqual([]);
  await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
  endpoint.journal.clear();
}

afterEach(async () => {
  await repository.close();
  await endpoint.close();
});

/** Events that cannot be compressed much. */
function incompressible(from: number, to: number, bytes = 200): Batch {
  const rows = Array.from({ length: to - from }, (_, index) =>
    row(from + index, { content: JSON.stringify({ text: randomBytes(bytes).toString('base64') }) }),
  );
  return batch({ rows, ranges: [range(from, to)] });
}

const refusals = () => endpoint.journal.entries.filter(({ outcome }) => outcome === 'http before').length;
const storedOffsets = () =>
  endpoint
    .table('RAW_EVENTS_STREAM')
    .map((event) => (event['EVENT_METADATA'] as { offset: number }).offset)
    .sort((one, other) => one - other);
const upTo = (end: number) => Array.from({ length: end }, (_, offset) => offset);

describe('a batch that is too large for one statement', () => {
  it('is stored once, in the same transaction, and the next one is sent in statements that pass', async () => {
    await start({ maxRequestBytes: MAX_REQUEST_BYTES });
    expectStored(await repository.write(incompressible(0, 1_000)));
    expect(storedOffsets()).toEqual(upTo(1_000));
    expect(refusals()).toBeGreaterThan(0);
    expect(endpoint.journal.entries.filter(({ name }) => name === 'rollback' || name === 'login')).toEqual(
      [],
    );

    endpoint.journal.clear();
    expectStored(await repository.write(incompressible(1_000, 2_000)));
    expect(storedOffsets()).toEqual(upTo(2_000));
    expect(refusals()).toBe(0);
  });

  it('names each event that is not JSON for Snowflake, also in the last statement', async () => {
    await start(
      { unparseable: (text) => text.includes('beyond 64 bits') },
      { maxBindBytes: MAX_REQUEST_BYTES },
    );
    const { rows, ranges } = incompressible(0, 300);
    const refused = [0, 150, 299].map((offset) => row(offset, { content: '{"text":"beyond 64 bits"}' }));
    const result = await repository.write(
      batch({
        rows: rows.map((each, index) => refused.find(({ message }) => message.offset === index) ?? each),
        ranges,
      }),
    );
    expect(result).toMatchObject({ kind: 'rejected', rows: [{ index: 0 }, { index: 150 }, { index: 299 }] });
    expect(endpoint.openTransactions).toEqual([]);
    expect(storedOffsets()).toEqual([]);
  });

  it('is not stored if somebody ends its transaction before the last of its rows are inserted', async () => {
    await start({}, { maxBindBytes: MAX_REQUEST_BYTES });
    const release = Promise.withResolvers<void>();
    const insert = endpoint.addFault({
      on: 'insert RAW_EVENTS_STREAM',
      kind: 'hold',
      until: release.promise,
    });
    void insert.happened.then(() => {
      endpoint.abortTransactions();
      release.resolve();
    });
    expect(await repository.write(incompressible(0, 300))).toMatchObject({
      kind: 'fault',
      fault: { class: 'transient' },
    });
    expectStored(await repository.write(incompressible(0, 300)));
    expect(storedOffsets()).toEqual(upTo(300));
  });

  it('is stored once if it was begun ahead', async () => {
    await start({ maxRequestBytes: MAX_REQUEST_BYTES });
    const next = incompressible(0, 1_000);
    repository.prepare?.(next);
    expectStored(await repository.write(next));
    expect(storedOffsets()).toEqual(upTo(1_000));
  });

  it('is stored once if the server closes the connection instead of refusing', async () => {
    await start({ maxRequestBytes: 300_000, tooLarge: 'reset' });
    const large = incompressible(0, 2_000);
    const kinds: string[] = [];
    while (kinds.at(-1) !== 'stored') {
      expect(kinds.length).toBeLessThan(10);
      const result = await repository.write(large);
      kinds.push(result.kind === 'fault' ? result.fault.code : result.kind);
    }
    expect(kinds).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET', 'stored']);
    expect(storedOffsets()).toEqual(upTo(2_000));
  });
});

describe('an event that is too large for any statement', () => {
  it('is rejected with its size, and only it', async () => {
    await start({ maxRequestBytes: MAX_REQUEST_BYTES });
    const { rows, ranges } = incompressible(0, 100);
    const large = row(50, { content: JSON.stringify({ text: randomBytes(60_000).toString('base64') }) });
    const result = await repository.write(
      batch({ rows: rows.map((each, index) => (index === 50 ? large : each)), ranges }),
    );
    expect(result).toMatchObject({
      kind: 'rejected',
      rows: [
        {
          index: 50,
          reason: expect.stringMatching(
            /^Snowflake refuses .* alone: \d{5} bytes are too large \(HTTP 413\)$/,
          ),
        },
      ],
    });
    expect(endpoint.openTransactions).toEqual([]);
  });
});

describe('a dead letter that is too large for any statement', () => {
  it('is stored with the beginning of its value', async () => {
    await start({ maxRequestBytes: MAX_REQUEST_BYTES });
    const value = randomBytes(60_000);
    const message = { ...letter(0).message, value };
    expectStored(
      await repository.write(
        batch({
          deadLetters: [letter(0, { message }), letter(1)],
          ranges: [range(0, 2, { deadLettered: 2 })],
        }),
      ),
    );
    const letters = endpoint.table('SALES_EVENTS_DLQ');
    expect(letters.map((each) => each['VALUE_ENCODING']).sort()).toEqual(['prefix', 'utf8']);
    const cut = letters.find((each) => each['VALUE_ENCODING'] === 'prefix');
    expect(value.toString('base64').startsWith(String(cut?.['ORIGINAL_VALUE']))).toBe(true);
    expect(String(cut?.['ORIGINAL_VALUE']).length).toBeGreaterThan(4_000);
    expect(cut?.['EVENT_METADATA']).toMatchObject({ value: { bytes: 60_000 } });
  });
});

describe('many redriven events', () => {
  it('are noted in several statements', async () => {
    await start({ maxRequestBytes: MAX_REQUEST_BYTES });
    const rows = upTo(1_000).map((offset) => row(offset, { redriveId: randomUUID() }));
    expectStored(await repository.write(batch({ rows, ranges: [range(0, 1_000)] })));
    const notes = endpoint.journal.entries.filter(
      ({ name, outcome }) => name === 'update SALES_EVENTS_DLQ' && outcome === 'ok',
    );
    expect(notes.length).toBeGreaterThan(2);
  });
});

it('a statement of any other kind that is too large is a fault that says what to do', async () => {
  await start({});
  endpoint.addFault({ on: 'commit', kind: 'http', status: 413, point: 'before' });
  expect(await repository.write(stored(0, 1))).toMatchObject({
    kind: 'fault',
    fault: { code: 'HTTP_413', remedy: expect.stringContaining('proxy') },
  });
  expectStored(await repository.write(stored(0, 1)));
});
