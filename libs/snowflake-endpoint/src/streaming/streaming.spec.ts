import { gzipSync, zstdCompressSync } from 'node:zlib';
import { SnowflakeEndpoint } from '../endpoint.js';
import { StreamingClient } from './streaming-client.js';

let endpoint: SnowflakeEndpoint;
let client: StreamingClient;

beforeEach(async () => {
  // Commits happen when a test says so.
  endpoint = await SnowflakeEndpoint.start({ commitDelayMs: Infinity });
  await endpoint.run('CREATE TABLE EVENTS (ID NUMBER, NAME VARCHAR(10), CONTENT VARIANT)');
  client = new StreamingClient(endpoint.url, 'EVENTS-STREAMING');
});

afterEach(() => endpoint.close());

const STALE = { status: 400, body: { code: 'STALE_CONTINUATION_TOKEN_SEQUENCER' } };

describe('a channel', () => {
  it('opens, takes rows, and commits them with their offset token', async () => {
    const opened = await client.open('orders-0');
    expect(opened).toMatchObject({
      status: 200,
      body: { channel_status: { channel_status_code: 'SUCCESS', last_committed_offset_token: null } },
    });
    await client.append('orders-0', [{ ID: 1, name: 'one', content: { a: [1] } }], {
      startOffsetToken: '1',
      endOffsetToken: '1',
    });
    await client.append('orders-0', [{ id: 2 }, { id: 3, other: true }], { endOffsetToken: '3' });
    expect(endpoint.table('EVENTS')).toEqual([]);
    expect(await client.status('orders-0')).toMatchObject({
      last_committed_offset_token: null,
      rows_inserted: 0,
    });

    endpoint.streaming.commitPending();
    expect(endpoint.table('EVENTS')).toEqual([
      { ID: 1, NAME: 'one', CONTENT: { a: [1] } },
      { ID: 2, NAME: null, CONTENT: null },
      { ID: 3, NAME: null, CONTENT: null },
    ]);
    expect(await client.status('orders-0')).toMatchObject({
      database_name: 'CAVES_ALBERT',
      schema_name: 'RAW_DATA',
      pipe_name: 'EVENTS-STREAMING',
      channel_name: 'orders-0',
      last_committed_offset_token: '3',
      rows_inserted: 3,
      rows_parsed: 3,
      rows_error_count: 0,
    });
  });

  it('commits by itself after the delay', async () => {
    endpoint.streaming.commitDelayMs = 1;
    await client.open('orders-0');
    await client.append('orders-0', [{ id: 1 }], { endOffsetToken: '9' });
    while ((await client.status('orders-0'))?.['last_committed_offset_token'] !== '9');
    expect(endpoint.count('EVENTS')).toBe(1);
  });

  it('loses its uncommitted rows when it is opened again, and fences its former owner', async () => {
    await client.open('orders-0');
    await client.append('orders-0', [{ id: 1 }], { endOffsetToken: '1' });
    endpoint.streaming.commitPending();
    await client.append('orders-0', [{ id: 2 }], { endOffsetToken: '2' });

    const other = new StreamingClient(endpoint.url, 'EVENTS-STREAMING');
    const { body } = await other.open('ORDERS-0');
    expect(body).toMatchObject({ channel_status: { last_committed_offset_token: '1' } });
    expect(await client.append('orders-0', [{ id: 3 }])).toMatchObject(STALE);
    expect(await other.append('orders-0', [{ id: 4 }], { endOffsetToken: '4' })).toMatchObject({
      status: 200,
    });
    endpoint.streaming.commitPending();
    expect(endpoint.table('EVENTS').map(({ ID }) => ID)).toEqual([1, 4]);
    expect(endpoint.streaming.channels).toMatchObject([{ name: 'orders-0', opens: 2, discarded: 1 }]);
  });

  it('begins at an offset token that the client sets', async () => {
    const { body } = await client.open('orders-0', { offset_token: '41' });
    expect(body).toMatchObject({ channel_status: { last_committed_offset_token: '41' } });
  });

  it('keeps uncommitted rows if the client says so', async () => {
    await client.open('orders-0');
    await client.append('orders-0', [{ id: 1 }]);
    const conflict = { status: 409, body: { code: 'ERR_CHANNEL_HAS_UNCOMMITTED_DATA' } };
    expect(await client.open('orders-0', { fail_on_uncommitted_rows: true })).toMatchObject(conflict);
    expect(await client.drop('orders-0', { fail_on_uncommitted_rows: true })).toMatchObject(conflict);
    endpoint.streaming.commitPending();
    expect(endpoint.count('EVENTS')).toBe(1);
  });

  it('refuses a token that was used, and one that leaves rows out', async () => {
    await client.open('orders-0');
    const first = client.continuation;
    await client.append('orders-0', [{ id: 1 }]);
    const third = client.continuation.replace(/\d+$/, (row) => String(Number(row) + 1));
    expect(await client.append('orders-0', [{ id: 1 }], { continuationToken: first })).toMatchObject(STALE);
    expect(await client.append('orders-0', [{ id: 3 }], { continuationToken: third })).toMatchObject({
      status: 409,
      body: { code: 'ERR_CHANNEL_MUST_BE_REOPENED_DUE_TO_ROW_SEQ_GAP' },
    });
  });

  it('can take a repeated append once, with the response of the first', async () => {
    endpoint.streaming.repeatedAppends = 'accept';
    await client.open('orders-0');
    const same = { continuationToken: client.continuation, requestId: 'r-1', endOffsetToken: '1' };
    const first = await client.append('orders-0', [{ id: 1 }], same);
    expect((await client.append('orders-0', [{ id: 1 }], same)).body).toEqual(first.body);
    expect(await client.append('orders-0', [{ id: 1 }], { ...same, requestId: 'r-2' })).toMatchObject(STALE);
    endpoint.streaming.commitPending();
    expect(endpoint.count('EVENTS')).toBe(1);
  });

  it('is gone with its offset token once it is dropped', async () => {
    await client.open('orders-0', { offset_token: '7' });
    expect(await client.drop('orders-0')).toMatchObject({ status: 200 });
    expect(await client.status('orders-0')).toBeUndefined();
    expect(await client.append('orders-0', [{ id: 1 }])).toMatchObject({
      status: 404,
      body: { code: 'ERR_CHANNEL_DOES_NOT_EXIST_OR_IS_NOT_AUTHORIZED' },
    });
    const { body } = await client.open('orders-0');
    expect(body).toMatchObject({ channel_status: { last_committed_offset_token: null } });
  });

  it('keeps its offset token when its table is emptied', async () => {
    await client.open('orders-0');
    await client.append('orders-0', [{ id: 1 }], { endOffsetToken: '1' });
    endpoint.streaming.commitPending();
    await endpoint.run('TRUNCATE TABLE EVENTS');
    expect(await client.status('orders-0')).toMatchObject({ last_committed_offset_token: '1' });
  });

  it('is gone when its table is made anew', async () => {
    await client.open('orders-0');
    await endpoint.run('CREATE OR REPLACE TABLE EVENTS (ID NUMBER)');
    expect(await client.status('orders-0')).toBeUndefined();
  });
});

describe('rows', () => {
  it('come plain, with gzip or with zstd, and are billed by their size before compression', async () => {
    await client.open('orders-0');
    const line = '{"ID":1}\r\n\n';
    await client.appendBytes('orders-0', line);
    await client.appendBytes('orders-0', gzipSync(line), {}, { 'content-encoding': 'gzip' });
    await client.appendBytes('orders-0', zstdCompressSync(line), {}, { 'content-encoding': 'zstd' });
    endpoint.streaming.commitPending();
    expect(endpoint.count('EVENTS')).toBe(3);
    expect(endpoint.streaming.billedBytes).toBe(3 * line.length);
  });

  it('that do not fit are left out and counted, while the offset token advances', async () => {
    await client.open('orders-0');
    endpoint.streaming.refuses = ({ ID }) => (ID === 4 ? 'a reason of the test' : null);
    const lines = '{"ID":1}\n{"ID":"x"}\n[2]\n{"ID":3,"NAME":"far too long"}\n{"ID":4}\n';
    await client.appendBytes('orders-0', lines, { endOffsetToken: '5' });
    endpoint.streaming.commitPending();
    expect(endpoint.table('EVENTS').map(({ ID }) => ID)).toEqual([1]);
    expect(await client.status('orders-0')).toMatchObject({
      last_committed_offset_token: '5',
      rows_inserted: 1,
      rows_parsed: 5,
      rows_error_count: 4,
      last_error_offset_upper_bound: '5',
      last_error_message: 'a reason of the test',
    });
  });

  it('keep numbers that a double does not hold', async () => {
    await client.open('orders-0');
    await client.appendBytes('orders-0', '{"CONTENT":{"a":12345678901234567890123}}\n');
    endpoint.streaming.commitPending();
    expect(await endpoint.run('SELECT CONTENT::VARCHAR AS C FROM EVENTS')).toEqual([
      { C: '{"a":12345678901234567890123}' },
    ]);
  });

  it.each([
    ['without a newline at the end', '{"ID":1}', {}],
    ['none', '', {}],
    ['as JSON', '{"ID":1}\n', { 'content-type': 'application/json' }],
    ['in an unknown encoding', '{"ID":1}\n', { 'content-encoding': 'br' }],
    ['in a broken encoding', '{"ID":1}\n', { 'content-encoding': 'zstd' }],
  ])('are refused as malformed: %s', async (_what, bytes, headers) => {
    await client.open('orders-0');
    expect(await client.appendBytes('orders-0', bytes, {}, headers)).toMatchObject({ status: 400 });
  });
});

describe('limits', () => {
  it('hold for a payload on the wire and before compression', async () => {
    await client.open('orders-0');
    Object.assign(endpoint.streaming.limits, { maxWireBytes: 200, maxPayloadBytes: 1000 });
    const large = { status: 413 };
    expect(await client.append('orders-0', [{ NAME: 'x'.repeat(300) }])).toMatchObject(large);
    const bomb = zstdCompressSync(`{"NAME":"${'x'.repeat(2000)}"}\n`);
    expect(await client.appendBytes('orders-0', bomb, {}, { 'content-encoding': 'zstd' })).toMatchObject(
      large,
    );
  });

  it('hold for the appends to a channel in a second, but not for those to others', async () => {
    endpoint.streaming.limits.requestsPerSecond = 1;
    await client.open('orders-0');
    const second = new StreamingClient(endpoint.url, 'EVENTS-STREAMING');
    await second.open('orders-1');
    expect(await client.append('orders-0', [{ id: 1 }])).toMatchObject({ status: 200 });
    expect(await second.append('orders-1', [{ id: 1 }])).toMatchObject({ status: 200 });
    endpoint.streaming.limits.requestsPerSecond = 0;
    const { status, headers } = await client.append('orders-0', [{ id: 2 }]);
    expect([status, headers.get('retry-after')]).toEqual([429, '1']);
  });

  it('hold for the channels of a pipe', async () => {
    endpoint.streaming.limits.channelsPerPipe = 1;
    expect(await client.open('orders-0')).toMatchObject({ status: 200 });
    expect(await client.open('orders-1')).toMatchObject({ body: { code: 'ERR_TOO_MANY_CHANNELS' } });
    expect(await client.open('orders-0')).toMatchObject({ status: 200 });
  });
});
