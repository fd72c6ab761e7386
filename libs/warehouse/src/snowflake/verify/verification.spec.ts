import { readFileSync } from 'node:fs';
import { loadSettings, type SnowflakeSettings } from '#settings';
import { SnowflakeEndpoint, SQL_ERRORS, type SnowflakeEndpointOptions } from '#snowflake-endpoint';
import { CLAIM_GROUPS, STREAMING_CLAIM_GROUPS } from './claims.js';
import { claimsTable, streamingClaimsTable } from './claims-table.js';
import { SnowflakeVerification, type ClaimOutcome, type VerificationOptions } from './verification.js';

const CLAIMS = CLAIM_GROUPS.flatMap(({ claims }) => claims);

let endpoint: SnowflakeEndpoint;
let outcomes: ClaimOutcome[];

async function start(over: Partial<SnowflakeEndpointOptions> = {}): Promise<void> {
  endpoint = await SnowflakeEndpoint.start({ idleAbortMs: 60_000, ...over });
}

function settings(): SnowflakeSettings {
  const { snowflake } = loadSettings({
    SNOWFLAKE_ACCOUNT: 'testaccount',
    SNOWFLAKE_ACCESS_URL: endpoint.url,
    SNOWFLAKE_USER: 'OWNER',
    SNOWFLAKE_TOKEN: 'secret',
    SNOWFLAKE_WAREHOUSE: 'INGEST_WH',
    SNOWFLAKE_DATABASE: 'CAVES_ALBERT',
  }).settings;
  if (snowflake === null) throw new Error('no settings of Snowflake');
  return snowflake;
}

function verification(over: Partial<VerificationOptions> = {}): SnowflakeVerification {
  outcomes = [];
  return new SnowflakeVerification(settings(), {
    emulator: 'endpoint',
    slow: false,
    streaming: false,
    only: null,
    signal: new AbortController().signal,
    done: (outcome) => outcomes.push(outcome),
    ...over,
  });
}

const of = (result: ClaimOutcome['result']) => outcomes.filter((outcome) => outcome.result === result);

function expectNothingLeft(run: SnowflakeVerification): void {
  expect(run.leftToDrop).toEqual([]);
  expect(endpoint.schemas).toEqual(['RAW_DATA']);
  expect(endpoint.tables).toEqual([]);
  expect([endpoint.sessions, endpoint.openTransactions]).toEqual([[], []]);
}

afterEach(() => endpoint.close());

describe('the claims about Snowflake', () => {
  const ASKED = 'Whether an UPDATE that waited';

  it('hold on the endpoint, and nothing is left behind', async () => {
    await start({ afterWait: 'reevaluate', idleAbortMs: 6_000 });
    const run = verification({ slow: true });

    expect(await run.run()).toBe(true);

    expect(of('broken')).toEqual([]);
    expect(of('not tried')).toEqual([]);
    expect(of('holds').map(({ claim }) => claim)).toEqual(
      CLAIMS.filter(({ shownBy }) => shownBy.includes('endpoint')).map(({ name }) => name),
    );
    expect(outcomes.find(({ claim }) => claim.startsWith(ASKED))?.seen).toContain('it evaluates it again');
    expectNothingLeft(run);
    expect(endpoint.journal.unknown).toEqual([]);
  });

  it('about waiting also hold where an UPDATE that waited keeps to what it saw first', async () => {
    await start({ afterWait: 'statement-start' });
    const run = verification({ only: 'waited' });

    expect(await run.run()).toBe(true);

    expect(outcomes).toHaveLength(CLAIMS.filter(({ name }) => name.includes('waited')).length);
    expect(outcomes.find(({ claim }) => claim.startsWith(ASKED))?.seen).toContain('it uses what it saw');
    expectNothingLeft(run);
  });

  it('are broken if the server refuses what it should accept', async () => {
    await start({ unparseable: (text) => text.includes('漢字') });
    const run = verification({ only: 'kept' });

    expect(await run.run()).toBe(false);
    expect(of('broken')).toMatchObject([
      { claim: 'Text of any script is kept', seen: expect.stringContaining('rejected') },
    ]);
    expect(of('holds')).not.toEqual([]);
    expectNothingLeft(run);
  });

  it('are broken if the user may not see the locks of a killed process', async () => {
    await start();
    const run = verification({ only: 'SHOW LOCKS' });
    endpoint.addFault({
      on: 'show locks',
      kind: 'sql-error',
      ...SQL_ERRORS.insufficientPrivileges,
      message: 'no',
    });

    expect(await run.run()).toBe(false);
    expect(of('broken')).toMatchObject([{ seen: expect.stringContaining('000627') }]);
    expectNothingLeft(run);
  });
});

describe('the claims about Snowpipe Streaming', () => {
  const names = STREAMING_CLAIM_GROUPS.flatMap(({ claims }) => claims.map(({ name }) => name));

  it.each(['refuse', 'accept'] as const)(
    'hold on an endpoint that is to %s repeated appends, and nothing is left behind',
    async (repeatedAppends) => {
      await start({ repeatedAppends });
      const run = verification({ streaming: true });

      expect(await run.run()).toBe(true);

      expect(of('broken')).toEqual([]);
      expect(of('holds').map(({ claim }) => claim)).toEqual(names);
      expectNothingLeft(run);
      expect(endpoint.journal.unknown).toEqual([]);
    },
  );

  it('say what it means if one is broken, and what to do', async () => {
    await start();
    const run = verification({ streaming: true, only: 'not later than' });
    // Also the rows that are good.
    endpoint.streaming.refuses = () => 'refused';

    expect(await run.run()).toBe(false);
    expect(of('broken')).toMatchObject([
      { seen: expect.stringContaining('3 counted as refused'), ifBroken: expect.stringContaining('verify') },
    ]);
    expectNothingLeft(run);
  });

  it('are broken, not crashed, if a request fails', async () => {
    await start();
    const run = verification({ streaming: true, only: 'fences' });
    endpoint.addFault({
      on: 'open-channel RAW_EVENTS_STREAM',
      kind: 'streaming-error',
      status: 400,
      code: 'X',
    });

    expect(await run.run()).toBe(false);
    expect(of('broken')).toMatchObject([{ seen: expect.stringContaining('(X)') }]);
    expectNothingLeft(run);
  });
});

describe('a verification', () => {
  it('stops when it is interrupted, and drops what it created', async () => {
    await start();
    const interruption = new AbortController();
    const run = verification({
      signal: interruption.signal,
      done: (outcome) => {
        if (outcomes.push(outcome) === 3) interruption.abort();
      },
    });

    expect(await run.run()).toBe(false);
    expect(outcomes).toHaveLength(3);
    expectNothingLeft(run);
  });

  it('leaves no session behind that was being opened when it was interrupted', async () => {
    await start();
    const interruption = new AbortController();
    const run = verification({ only: 'INSERT OVERWRITE', signal: interruption.signal });
    // The first two belong to the schema step.
    const login = endpoint.addFault({ on: 'login', occurrence: 3, kind: 'delay', ms: 500 });
    void login.happened.then(() => {
      interruption.abort();
    });

    expect(await run.run()).toBe(false);
    expect(login.struck).toBe(1);
    expect(of('not tried')).toMatchObject([{ seen: 'interrupted' }]);
    expectNothingLeft(run);
  });

  it('uses a role with only the grants if it may create one, and drops that too', async () => {
    await start();
    const run = verification({ emulator: null, only: '--grant-to' });

    expect(await run.run()).toBe(true);
    expect(of('holds')).toMatchObject([{ seen: expect.stringMatching(/_ROLE wrote a batch/) }]);
    const made = endpoint.journal.entries.filter(({ name }) => /^(create|drop) role$/.test(name));
    expect(made.map(({ name }) => name)).toEqual(['create role', 'drop role']);
    expectNothingLeft(run);
  });

  it('says what it did not try if it may not create a role', async () => {
    await start();
    const run = verification({ emulator: null, only: '--grant-to' });
    endpoint.addFault({
      on: 'create role',
      kind: 'sql-error',
      ...SQL_ERRORS.insufficientPrivileges,
      message: 'no',
    });

    expect(await run.run()).toBe(true);
    expect(of('not tried')).toMatchObject([{ seen: expect.stringContaining('003001') }]);
    expectNothingLeft(run);
  });

  it('fails and says what to grant if it may not create a schema', async () => {
    await start();
    endpoint.revoke('CREATE SCHEMA');
    const run = verification();

    await expect(run.run()).rejects.toThrow(
      /GRANT CREATE SCHEMA ON DATABASE CAVES_ALBERT.*set SNOWFLAKE_DATABASE/,
    );
    expectNothingLeft(run);
  });

  it('names what it could not drop', async () => {
    await start();
    const interruption = new AbortController();
    const run = verification({
      signal: interruption.signal,
      done: () => {
        interruption.abort();
      },
    });
    endpoint.addFault({
      on: `drop schema ${run.place.split('.').at(-1) ?? ''}`,
      kind: 'sql-error',
      ...SQL_ERRORS.insufficientPrivileges,
      message: 'no',
    });

    await run.run();
    expect(run.leftToDrop).toEqual([`DROP SCHEMA IF EXISTS ${run.place}`]);
  });
});

describe('docs/snowflake-protocol.md', () => {
  beforeAll(() => start());

  it('lists every claim and its evidence', () => {
    const text = readFileSync(new URL('../../../../../docs/snowflake-protocol.md', import.meta.url), 'utf8');
    const table = /<!-- claims -->\n\n([^]*?)\n\n<!-- end of claims -->/.exec(text)?.[1];
    expect(withoutPadding(table ?? '')).toBe(withoutPadding(claimsTable()));
  });

  it('lists every claim about Snowpipe Streaming, and what it means if it does not hold', () => {
    const text = readFileSync(new URL('../../../../../docs/snowflake-protocol.md', import.meta.url), 'utf8');
    const table = /<!-- streaming claims -->\n\n([^]*?)\n\n<!-- end of streaming claims -->/.exec(text)?.[1];
    expect(withoutPadding(table ?? '')).toBe(withoutPadding(streamingClaimsTable()));
  });
});

/** Prettier aligns the columns of a table. */
function withoutPadding(table: string): string {
  return table.trim().replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
}
