import { connect, disconnect, execute } from '../driver.js';
import { SnowflakeEndpoint } from '../endpoint.js';
import { StreamingClient } from './streaming-client.js';

let endpoint: SnowflakeEndpoint;
let client: StreamingClient;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start({ commitDelayMs: 0 });
  await endpoint.run('CREATE TABLE EVENTS (ID NUMBER)');
  await endpoint.run('CREATE TABLE LETTERS (ID NUMBER)');
  client = new StreamingClient(endpoint.url, 'EVENTS-STREAMING');
  await client.open('a');
});

afterEach(() => endpoint.close());

const append = () => client.append('a', [{ ID: 1 }], { endOffsetToken: '1' });

async function committed(): Promise<boolean> {
  endpoint.streaming.commitPending();
  const status = await client.status('a');
  return status?.['last_committed_offset_token'] === '1';
}

describe('a fault of an append', () => {
  it.each(['reset', 'half-response'] as const)(
    'loses the acknowledgement of rows that were taken: %s',
    async (kind) => {
      endpoint.addFault({ on: 'append-rows EVENTS', kind });
      await expect(append()).rejects.toThrow();
      expect(await committed()).toBe(true);
      expect(endpoint.journal.entries.at(-2)).toMatchObject({
        name: 'append-rows EVENTS',
        outcome: `${kind} after`,
      });
    },
  );

  it('cuts the connection before rows were taken', async () => {
    endpoint.addFault({ on: 'append-rows', kind: 'reset', point: 'before' });
    await expect(append()).rejects.toThrow();
    expect(await committed()).toBe(false);
    expect(await append()).toMatchObject({ status: 200 });
  });

  it('is a refusal of Snowflake, with a time to wait', async () => {
    const refusal = { status: 429, code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 3 };
    endpoint.addFault({ on: 'append-rows EVENTS', kind: 'streaming-error', ...refusal, times: 2 });
    await append();
    const { status, headers, body } = await append();
    expect([status, headers.get('retry-after'), body['code']]).toEqual([429, '3', 'TOO_MANY_REQUESTS']);
    expect(await append()).toMatchObject({ status: 200 });
  });

  it('delays the response, or the append itself', async () => {
    const gate = Promise.withResolvers<void>();
    const fault = endpoint.addFault({ on: 'append-rows EVENTS', kind: 'hold', until: gate.promise });
    const slow = append();
    await fault.happened;
    expect(await committed()).toBe(false);
    gate.resolve();
    expect(await slow).toMatchObject({ status: 200 });
    expect(await committed()).toBe(true);
  });

  it('expires tokens', async () => {
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      scope: new URL(endpoint.url).host,
    });
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const { body } = await client.send('POST', '/oauth/token', form.toString(), type);
    client.token = `Bearer ${String(body['token'])}`;
    client.tokenType = null;
    endpoint.addFault({ on: 'append-rows', kind: 'token-expired' });
    expect(await append()).toMatchObject({ status: 401 });
    expect(await append()).toMatchObject({ status: 401 });
  });

  it('invalidates the channel in mid-stream, and what was not committed is lost', async () => {
    endpoint.streaming.commitDelayMs = Infinity;
    await append();
    endpoint.addFault({ on: 'append-rows EVENTS', kind: 'channel-invalidated' });
    const reopen = { status: 409, body: { code: 'ERR_CHANNEL_MUST_BE_REOPENED' } };
    expect(await append()).toMatchObject(reopen);
    expect(await append()).toMatchObject(reopen);
    expect(await committed()).toBe(false);
    await client.open('a');
    await append();
    expect(await committed()).toBe(true);
    expect(endpoint.count('EVENTS')).toBe(1);
  });
});

describe('a fault', () => {
  it('of a channel that nobody writes to shows in its status', async () => {
    endpoint.streaming.invalidate('a');
    expect(await client.status('a')).toMatchObject({ channel_status_code: 'ERR_CHANNEL_MUST_BE_REOPENED' });
    await client.open('a');
    expect(await client.status('a')).toMatchObject({ channel_status_code: 'SUCCESS' });
  });

  it('strikes one table, or each, and no statement of SQL', async () => {
    endpoint.addFault({ on: 'append-rows LETTERS', kind: 'http', status: 503 });
    expect(await append()).toMatchObject({ status: 200 });
    endpoint.addFault({ on: '*', kind: 'sql-error', code: '000603', message: 'no' });
    expect(await append()).toMatchObject({ status: 200 });
    const connection = await connect(endpoint.url);
    await expect(execute(connection, 'SELECT 1')).rejects.toMatchObject({ code: '000603' });
    endpoint.addFault({ on: 'append-rows', kind: 'http', status: 503 });
    await execute(connection, 'INSERT INTO EVENTS SELECT 1');
    await disconnect(connection);
  });

  it('of a status, an opening and a drop is set by their names', async () => {
    const error = { kind: 'streaming-error', status: 500, code: 'INTERNAL' } as const;
    endpoint.addFault({ on: 'channel-status EVENTS', ...error });
    endpoint.addFault({ on: 'open-channel EVENTS', ...error });
    endpoint.addFault({ on: 'drop-channel EVENTS', ...error });
    await expect(client.status('a')).rejects.toThrow();
    expect(await client.open('a')).toMatchObject({ status: 500, body: { code: 'INTERNAL' } });
    expect(await client.drop('a')).toMatchObject({ status: 500 });
  });
});
