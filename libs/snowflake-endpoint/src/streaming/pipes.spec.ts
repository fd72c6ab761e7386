import { SnowflakeEndpoint } from '../endpoint.js';
import { StreamingClient } from './streaming-client.js';

let endpoint: SnowflakeEndpoint;
let client: StreamingClient;

beforeEach(async () => {
  endpoint = await SnowflakeEndpoint.start({ commitDelayMs: Infinity });
  await endpoint.run(
    `CREATE TABLE EVENTS (TYPE VARCHAR, CONTENT VARIANT NOT NULL, METADATA OBJECT, AT TIMESTAMP_LTZ,
       STORED_AT TIMESTAMP_LTZ DEFAULT CURRENT_TIMESTAMP())`,
  );
  client = new StreamingClient(endpoint.url, 'EVENTS_PIPE');
});

afterEach(() => endpoint.close());

const SOURCE = `FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))`;
const CREATE = `CREATE PIPE IF NOT EXISTS CAVES_ALBERT.RAW_DATA.EVENTS_PIPE COMMENT = 'for tests' AS
  COPY INTO CAVES_ALBERT.RAW_DATA.EVENTS ("TYPE", "CONTENT", "METADATA", "AT")
  FROM (SELECT $1:TYPE::VARCHAR, TRY_PARSE_JSON($1:CONTENT::VARCHAR, 'd'), PARSE_JSON($1:METADATA::VARCHAR)::OBJECT,
          TO_TIMESTAMP_LTZ($1:AT::INTEGER, 3) ${SOURCE})`;

describe('a named pipe', () => {
  it('transforms rows, and gives unnamed columns their defaults', async () => {
    await endpoint.run(CREATE);
    await client.open('a');
    const row = { TYPE: 'SALE', CONTENT: '{"price": 1.50}', METADATA: '{"k":1}', AT: 1_700_000_000_000 };
    await client.append('a', [row, { ...row, CONTENT: '{' }], { endOffsetToken: '1' });
    endpoint.streaming.commitPending();
    expect(endpoint.table('EVENTS')).toEqual([
      {
        TYPE: 'SALE',
        CONTENT: { price: 1.5 },
        METADATA: { k: 1 },
        AT: new Date(1_700_000_000_000),
        STORED_AT: expect.any(Date) as Date,
      },
    ]);
    expect(await endpoint.run('SELECT CONTENT::VARCHAR AS C FROM EVENTS')).toEqual([
      { C: '{"price": 1.50}' },
    ]);
    expect(await client.status('a')).toMatchObject({
      rows_error_count: 1,
      last_error_message: expect.stringContaining('NULL') as string,
    });
  });

  it('can leave rows out', async () => {
    await endpoint.run(
      `CREATE PIPE EVENTS_PIPE AS COPY INTO EVENTS (CONTENT) FROM (SELECT $1 ${SOURCE} WHERE $1:n > 1)`,
    );
    await client.open('a');
    await client.append('a', [{ n: 1 }, { n: 2 }]);
    endpoint.streaming.commitPending();
    expect(endpoint.table('EVENTS')).toMatchObject([{ CONTENT: { n: 2 } }]);
  });

  it('can match columns by name, which leaves defaults out', async () => {
    await endpoint.run(
      `CREATE PIPE EVENTS_PIPE AS COPY INTO EVENTS FROM (SELECT * ${SOURCE})
       MATCH_BY_COLUMN_NAME = CASE_SENSITIVE ON_ERROR = CONTINUE`,
    );
    await client.open('a');
    await client.append('a', [{ CONTENT: {}, TYPE: 'SALE', type: 'other' }]);
    endpoint.streaming.commitPending();
    expect(endpoint.table('EVENTS')).toMatchObject([{ TYPE: 'SALE', STORED_AT: null }]);
  });

  it('is shown, described and dropped', async () => {
    await endpoint.run(CREATE);
    await endpoint.run(CREATE);
    const definition = expect.stringMatching(/^COPY INTO .*EVENTS[^]*\)$/) as string;
    const shown = { name: 'EVENTS_PIPE', schema_name: 'RAW_DATA', definition };
    expect(await endpoint.run(`SHOW PIPES LIKE 'EVENTS%' IN SCHEMA RAW_DATA`)).toMatchObject([shown]);
    expect(await endpoint.run('DESCRIBE PIPE EVENTS_PIPE')).toMatchObject([shown]);
    await endpoint.run('DROP PIPE EVENTS_PIPE');
    expect(await endpoint.run('SHOW PIPES')).toEqual([]);
    await expect(endpoint.run('DESCRIBE PIPE EVENTS_PIPE')).rejects.toThrow('does not exist');
    expect(await client.open('a')).toMatchObject({
      status: 404,
      body: { code: 'ERR_PIPE_DOES_NOT_EXIST_OR_NOT_AUTHORIZED' },
    });
  });

  it('loses its channels, and their uncommitted rows, when it is replaced', async () => {
    await endpoint.run(CREATE);
    await client.open('a');
    await client.append('a', [{ CONTENT: '{}' }]);
    await endpoint.run(CREATE.replace('PIPE IF NOT EXISTS', 'OR REPLACE PIPE'));
    expect(await client.status('a')).toBeUndefined();
    endpoint.streaming.commitPending();
    expect(endpoint.count('EVENTS')).toBe(0);
  });

  it('refuses all rows once it no longer fits its table', async () => {
    await endpoint.run(CREATE);
    await client.open('a');
    await endpoint.run('ALTER TABLE EVENTS DROP COLUMN METADATA');
    await client.append('a', [{ CONTENT: '{}' }], { endOffsetToken: '1' });
    endpoint.streaming.commitPending();
    expect(await client.status('a')).toMatchObject({ last_committed_offset_token: '1', rows_error_count: 1 });
  });

  it.each([
    ['of a missing table', `COPY INTO NOWHERE FROM (SELECT $1 ${SOURCE})`],
    ['with too few columns', `COPY INTO EVENTS (TYPE, CONTENT) FROM (SELECT $1 ${SOURCE})`],
    ['with all columns but no names', `COPY INTO EVENTS FROM (SELECT * ${SOURCE})`],
    [
      'that stops at an error',
      `COPY INTO EVENTS (CONTENT) FROM (SELECT $1 ${SOURCE}) ON_ERROR = ABORT_STATEMENT`,
    ],
    ['from another source', `COPY INTO EVENTS (CONTENT) FROM (SELECT CONTENT FROM EVENTS)`],
  ])('is refused: %s', async (_what, copy) => {
    await expect(endpoint.run(`CREATE PIPE EVENTS_PIPE AS ${copy}`)).rejects.toThrow('SQL compilation error');
    await expect(endpoint.run(`SELECT * ${SOURCE}`)).rejects.toThrow('source of a pipe only');
  });
});

describe('the default pipe', () => {
  it('exists for every table, and for no other', async () => {
    expect(await new StreamingClient(endpoint.url, 'events-streaming').open('a')).toMatchObject({
      status: 200,
    });
    expect(await new StreamingClient(endpoint.url, 'NOWHERE-STREAMING').open('a')).toMatchObject({
      status: 404,
      body: { code: 'ERR_TABLE_DOES_NOT_EXIST_NOT_AUTHORIZED' },
    });
    const elsewhere = new StreamingClient(
      endpoint.url,
      'EVENTS-STREAMING',
      'databases/OTHER/schemas/RAW_DATA',
    );
    expect(await elsewhere.open('a')).toMatchObject({ status: 404 });
  });

  it('is closed to a role that may not insert', async () => {
    endpoint.revoke('INSERT', 'EVENTS');
    expect(await new StreamingClient(endpoint.url, 'EVENTS-STREAMING').open('a')).toMatchObject({
      status: 404,
    });
  });
});
