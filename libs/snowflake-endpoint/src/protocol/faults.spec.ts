import type { Connection } from 'snowflake-sdk';
import { connect, disconnect, execute } from '../driver.js';
import { SnowflakeEndpoint } from '../endpoint.js';
import type { FaultKind, FaultPoint } from './faults.js';
import type { SnowflakeEndpointOptions } from '../options.js';

interface Outcome {
  rows: number;
  sends: number;
  executed: number;
  isUp: boolean;
  /** The code of the driver's error; null if it reports success. */
  error: unknown;
}

/** Injects one fault into one INSERT. Returns what the driver reports, and what the table holds. */
async function strike(
  fault: FaultKind,
  point: FaultPoint,
  options: Partial<SnowflakeEndpointOptions> = {},
): Promise<Outcome> {
  const endpoint = await SnowflakeEndpoint.start(options);
  await endpoint.run('CREATE TABLE EVENTS (ID NUMBER)');
  // Only silence is waited for; a slow machine must not look like it.
  const connection = await connect(endpoint.url, { timeout: fault.kind === 'silence' ? 5_000 : 60_000 });
  endpoint.addFault({ on: 'insert EVENTS', point, ...fault });
  const error = await insert(connection);
  const sends = endpoint.journal.entries.filter(({ name }) => name === 'insert EVENTS');
  const outcome = {
    rows: endpoint.count('EVENTS'),
    sends: sends.length,
    executed: endpoint.journal.executed.get('insert EVENTS') ?? 0,
    isUp: connection.isUp(),
    error,
  };
  expect(new Set(sends.map(({ requestId }) => requestId)).size).toBe(1);
  if (connection.isUp()) await disconnect(connection);
  await endpoint.close();
  return outcome;
}

async function insert(connection: Connection): Promise<unknown> {
  try {
    await execute(connection, 'INSERT INTO EVENTS SELECT 1');
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

/** Faults after which the driver resends by itself. */
const HIDDEN: FaultKind[] = [
  { kind: 'reset' },
  { kind: 'silence' },
  { kind: 'http', status: 503 },
  { kind: 'http', status: 429, retryAfterSeconds: 60 },
  { kind: 'half-response' },
  { kind: 'garbage' },
  { kind: 'http', status: 401 },
  { kind: 'session-expired' },
];

describe('a statement that a fault makes the driver resend', () => {
  const cases = (['dedupe', 'run-both'] as const).flatMap((resends) =>
    (['before', 'after'] as const).flatMap((point) => HIDDEN.map((fault) => ({ resends, point, fault }))),
  );
  let outcomes: ((typeof cases)[number] & Outcome)[];

  // The driver waits for seconds before it resends, so all faults run at once, each on its own endpoint.
  beforeAll(async () => {
    outcomes = await Promise.all(
      cases.map(async (each) => ({ ...each, ...(await strike(each.fault, each.point, each)) })),
    );
  });

  it('is executed once if requests are deduplicated', () => {
    for (const outcome of outcomes.filter(({ resends }) => resends === 'dedupe')) {
      expect(outcome).toMatchObject({ rows: 1, sends: 2, executed: 1, isUp: true, error: null });
    }
  });

  it('is executed twice if every request is run, unless the first one failed before it ran', () => {
    for (const outcome of outcomes.filter(({ resends }) => resends === 'run-both')) {
      const times = outcome.point === 'before' ? 1 : 2;
      expect(outcome).toMatchObject({ rows: times, sends: 2, executed: times, error: null });
    }
  });
});

describe.each(['before', 'after'] as const)('a fault %s the statement', (point) => {
  it('ends the connection if the session is gone', async () => {
    const outcomes = await Promise.all([
      strike({ kind: 'session-gone', code: '390111' }, point),
      strike({ kind: 'session-gone', code: '390104' }, point),
      strike({ kind: 'session-gone', code: '390104', status: 401 }, point),
    ]);
    const rows = point === 'before' ? 0 : 1;
    for (const outcome of outcomes) expect(outcome).toMatchObject({ rows, isUp: false, error: 407002 });
  });

  it("passes Snowflake's own errors on", async () => {
    const error = { code: '000603', sqlState: 'XX000', message: 'Processing aborted by error 300010' };
    expect(await strike({ kind: 'sql-error', ...error }, point)).toMatchObject({
      rows: point === 'before' ? 0 : 1,
      sends: 1,
      isUp: true,
      error: '000603',
    });
  });

  it('can be just a delay', async () => {
    expect(await strike({ kind: 'delay', ms: 20 }, point)).toMatchObject({ rows: 1, sends: 1, error: null });
  });
});

describe('a fault during the statement', () => {
  it('hits the client while the statement continues', async () => {
    expect(await strike({ kind: 'reset' }, 'during', { holdMs: 50 })).toMatchObject({ rows: 1, executed: 1 });
  });
});

describe('a rule', () => {
  it('strikes at the given occurrence, the given number of times, and reports it', async () => {
    const endpoint = await SnowflakeEndpoint.start();
    const connection = await connect(endpoint.url);
    const error = { code: '000603', sqlState: 'XX000', message: 'no' };
    const fault = endpoint.addFault({ on: '*', kind: 'sql-error', occurrence: 2, times: 2, ...error });
    const outcomes: string[] = [];
    for (let index = 0; index < 4; index++) {
      outcomes.push(
        await execute(connection, 'SELECT 1 AS ONE').then(
          () => 'ok',
          () => 'failed',
        ),
      );
    }
    expect(outcomes).toEqual(['ok', 'failed', 'failed', 'ok']);
    await fault.happened;
    expect(fault.struck).toBe(2);
    await disconnect(connection);
    await endpoint.close();
  });
});
