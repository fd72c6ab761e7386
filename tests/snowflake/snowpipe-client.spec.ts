import { generateKeyPairSync } from 'node:crypto';
import { DEFAULT_OPTIONS, SnowflakeEndpoint } from '#snowflake-endpoint';
import { eventually, SnowpipeClient, TlsFront, type SnowpipeChannelStatus } from '#testing';
import { itIsSkippedWithout } from '../support/optional.js';
import { hasSnowpipeClient } from '../support/snowpipe.js';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const options = {
  database: DEFAULT_OPTIONS.database,
  schema: DEFAULT_OPTIONS.schema,
  pipe: 'EVENTS-STREAMING',
  account: 'TESTACCOUNT',
  user: 'INGESTER',
  privateKey: keys.privateKey,
};

if (await hasSnowpipeClient('the endpoint of Snowpipe Streaming')) {
  let endpoint: SnowflakeEndpoint;
  let front: TlsFront;
  let client: SnowpipeClient;

  beforeAll(async () => {
    endpoint = await SnowflakeEndpoint.start({
      users: { INGESTER: { publicKeys: [keys.publicKey] } },
      commitDelayMs: 100,
      // As this client expects them.
      streamingAnswers: 'text',
      streamingHostname: '127.0.0.1',
    });
    await endpoint.run('CREATE TABLE EVENTS (ID NUMBER, NAME VARCHAR(10), CONTENT VARIANT)');
    await endpoint.run(
      `CREATE PIPE EVENTS_PIPE AS COPY INTO EVENTS (ID, NAME)
       FROM (SELECT $1:id::INTEGER, $1:name::VARCHAR || '!' FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING')))`,
    );
    front = await TlsFront.start(endpoint.url);
    client = await SnowpipeClient.start(front, options);
  });

  afterAll(async () => {
    await client.stop();
    await front.stop();
    await endpoint.close();
  });

  afterEach(() => {
    endpoint.faults.clear();
    endpoint.streaming.repeatedAppends = 'refuse';
  });

  const rows = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => ({ ID: from + index, NAME: `n${from + index}` }));

  const send = async (channel: string, from: number, to: number, with_ = client) => {
    await with_.append(channel, rows(from, to), String(from), String(to));
    await with_.flush(channel);
  };

  /** Waits for the commit of a token. */
  const committed = async (channel: string, token: string): Promise<SnowpipeChannelStatus> => {
    await eventually(async () => (await client.status(channel)).committed === token);
    return client.status(channel);
  };

  const ids = async () => (await endpoint.run('SELECT ID FROM EVENTS ORDER BY ID')).map(({ ID }) => ID);

  beforeEach(() => endpoint.run('TRUNCATE TABLE EVENTS'));

  describe("Snowflake's own client of Snowpipe Streaming", () => {
    it('opens a channel, stores rows once, and continues where it ended', async () => {
      expect(await client.open('plain')).toMatchObject({ code: 'SUCCESS', committed: null });
      await send('plain', 0, 499);
      await send('plain', 500, 999);
      expect(await committed('plain', '999')).toMatchObject({ inserted: 1000, errors: 0 });
      expect(await ids()).toEqual(rows(0, 999).map(({ ID }) => ID));
      await client.close('plain');
      expect(await client.open('plain')).toMatchObject({ committed: '999' });
      await client.drop('plain');
      expect(await client.open('plain')).toMatchObject({ committed: null });
    });

    it('stores rows through a pipe that transforms them', async () => {
      const other = await SnowpipeClient.start(front, { ...options, pipe: 'EVENTS_PIPE' });
      await other.open('piped');
      await other.append('piped', [{ id: 7, name: 'abc', other: [] }], '7', '7');
      await other.flush('piped');
      await eventually(async () => (await other.status('piped')).committed === '7');
      expect(endpoint.table('EVENTS')).toEqual([{ ID: 7, NAME: 'abc!', CONTENT: null }]);
      await other.stop();
    });

    it('reports rows that Snowflake refused after it took them', async () => {
      await client.open('refused');
      await client.append('refused', [{ ID: 1 }, { ID: 'none' }, { ID: 3 }], '1', '3');
      await client.flush('refused');
      expect(await committed('refused', '3')).toMatchObject({
        inserted: 2,
        errors: 1,
        lastError: expect.stringContaining('none') as string,
        lastErrorUpperBound: '3',
      });
      expect(await ids()).toEqual([1, 3]);
    });

    it.each([
      ['is told to wait', { kind: 'streaming-error', status: 429, code: 'TOO_MANY_REQUESTS' }],
      ['gets an error of the server', { kind: 'streaming-error', status: 503, code: 'UNAVAILABLE' }],
      ['has an expired token', { kind: 'token-expired' }],
      ['finds the connection cut before its rows were taken', { kind: 'reset', point: 'before' }],
    ] as const)('sends rows again when it %s', async (what, fault) => {
      await client.open(what);
      endpoint.addFault({ on: 'append-rows EVENTS', ...fault });
      await send(what, 0, 9);
      await committed(what, '9');
      expect(await ids()).toEqual(rows(0, 9).map(({ ID }) => ID));
    });

    it('repeats an append with the same token and request id when its acknowledgement is lost', async () => {
      endpoint.streaming.repeatedAppends = 'accept';
      await client.open('repeated');
      endpoint.addFault({ on: 'append-rows EVENTS', kind: 'reset', point: 'after' });
      await send('repeated', 0, 9);
      await committed('repeated', '9');
      expect(await ids()).toEqual(rows(0, 9).map(({ ID }) => ID));
    });

    it.each([
      ['whose lost acknowledgement made its token stale', { kind: 'reset', point: 'after' }, 10],
      ['that Snowflake invalidated', { kind: 'channel-invalidated' }, 0],
    ] as const)(
      'reopens a channel %s, and continues after what was committed',
      async (_what, fault, stored) => {
        const channel = `reopened-${fault.kind}`;
        await client.open(channel);
        endpoint.addFault({ on: 'append-rows EVENTS', ...fault });
        await expect(send(channel, 0, 9)).rejects.toThrow('InvalidChannelError');
        endpoint.streaming.commitPending();
        await client.close(channel);
        const { committed: token } = await client.open(channel);
        expect(token).toBe(stored === 0 ? null : '9');
        await send(channel, stored, 19);
        await committed(channel, '19');
        expect(await ids()).toEqual(rows(0, 19).map(({ ID }) => ID));
      },
    );

    it('loses a channel to another process that opens it', async () => {
      const other = await SnowpipeClient.start(front, options);
      await client.open('owned');
      await other.open('owned');
      await expect(send('owned', 0, 0)).rejects.toThrow('STALE_CONTINUATION_TOKEN_SEQUENCER');
      await send('owned', 0, 0, other);
      await committed('owned', '0');
      await other.stop();
    });
  });
} else {
  itIsSkippedWithout('Python');
}
