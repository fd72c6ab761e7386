import { randomBytes } from 'node:crypto';
import type { Batch, EventRepository } from '#pipeline';
import {
  SnowflakeEndpoint,
  SQL_ERRORS,
  type FaultKind,
  type FaultRule,
  type RowObject,
  type SnowflakeEndpointOptions,
} from '#snowflake-endpoint';
import { HYBRID_TABLE } from '#warehouse';
import { batch, GROUP, letter, range, row, SnowflakeWarehouse, TOPIC } from '#testing/warehouse-contract';
import { writeThrough } from './retrying.js';

export type Form = 'standard' | 'hybrid';

/** The table of checkpoints, and the statements that lock and move them, as the endpoint counts them. */
export const CHECKPOINTS = {
  standard: {
    table: 'INGESTION_CHECKPOINTS',
    takeLock: { on: 'update INGESTION_CHECKPOINTS' },
    advance: { on: 'update INGESTION_CHECKPOINTS', occurrence: 2 },
  },
  hybrid: {
    table: HYBRID_TABLE,
    takeLock: { on: `lock ${HYBRID_TABLE}` },
    advance: { on: `update ${HYBRID_TABLE}` },
  },
} as const;

/** The statements of the transaction in order. */
export const statementsOf = (form: Form) =>
  [
    { name: 'stage', at: { on: 'stage' } },
    { name: 'stage more', at: { on: 'stage', occurrence: 2 } },
    { name: 'insert rows', at: { on: 'insert RAW_EVENTS_STREAM' } },
    { name: 'insert letters', at: { on: 'insert SALES_EVENTS_DLQ' } },
    { name: 'take lock', at: CHECKPOINTS[form].takeLock },
    { name: 'advance', at: CHECKPOINTS[form].advance },
    { name: 'commit', at: { on: 'commit' } },
  ] as const;

type Fault = FaultKind & Pick<FaultRule, 'point' | 'times'>;

type Statement = ReturnType<typeof statementsOf>[number];

/** For the session that gives up on a silent server. The other one waits, however slow this machine is. */
const IMPATIENT_MS = 600;

/** The journal's name for a response after which the driver may resend a statement: it was not executed. */
const EXPIRED = 'session-expired';

/** Faults, with the codes that the adapter reports. */
const FAULTS: Record<string, { fault: Fault; code: string | RegExp; isSilent?: true }> = {
  'a reset before the statement runs': { fault: { kind: 'reset', point: 'before' }, code: 'ECONNRESET' },
  'a reset while it runs': { fault: { kind: 'reset', point: 'during' }, code: 'ECONNRESET' },
  'a reset after it ran': { fault: { kind: 'reset', point: 'after' }, code: 'ECONNRESET' },
  'silence before it runs': {
    fault: { kind: 'silence', point: 'before' },
    code: 'NO_ANSWER',
    isSilent: true,
  },
  'silence after it ran': { fault: { kind: 'silence', point: 'after' }, code: 'NO_ANSWER', isSilent: true },
  'a response that is too late': {
    fault: { kind: 'delay', ms: 1_500 },
    code: 'NO_ANSWER',
    isSilent: true,
  },
  'half a response': { fault: { kind: 'half-response' }, code: 'UNREADABLE_ANSWER' },
  'a response that is not JSON': { fault: { kind: 'garbage' }, code: 'UNREADABLE_ANSWER' },
  'HTTP 503 before it runs': { fault: { kind: 'http', status: 503, point: 'before' }, code: 'HTTP_503' },
  'HTTP 503 after it ran': { fault: { kind: 'http', status: 503 }, code: 'HTTP_503' },
  'five times HTTP 503': {
    fault: { kind: 'http', status: 503, point: 'before', times: 5 },
    code: 'HTTP_503',
  },
  'HTTP 429 with Retry-After': {
    fault: { kind: 'http', status: 429, retryAfterSeconds: 1, point: 'before' },
    code: 'HTTP_429',
  },
  'HTTP 401': { fault: { kind: 'http', status: 401, point: 'before' }, code: 'HTTP_401' },
  'an expired session': { fault: { kind: 'session-gone' }, code: /SESSION_GONE|39\d{4}/ },
  'an expired session (HTTP 401)': {
    fault: { kind: 'session-gone', code: '390104', status: 401 },
    code: 'HTTP_401',
  },
  'a lock that takes too long': { fault: sqlError('lockTimeout'), code: '000627' },
  'too many waiters for the lock': { fault: sqlError('tooManyWaiters'), code: '000625' },
  'a statement that takes too long': { fault: sqlError('statementTimeout'), code: '000630' },
  'a statement that was cancelled': { fault: sqlError('canceled'), code: '000604' },
  'an error inside Snowflake': { fault: sqlError('internal'), code: '000603' },
  'an unknown error': {
    fault: { kind: 'sql-error', code: '999999', sqlState: 'XX000', message: 'surprise' },
    code: '999999',
  },
};

function sqlError(kind: keyof typeof SQL_ERRORS): Fault {
  return { kind: 'sql-error', ...SQL_ERRORS[kind], message: 'as ordered' };
}

/** Receives the recovery times after a fault. */
type Told = (what: string, recoveryMs: readonly number[]) => void;

/**
 * Applies each fault to the statements chosen for it; every batch must still be stored once.
 *
 * @param chosen the statements for the fault at this index of the list
 * @param form how the checkpoints are kept
 * @param told receives how long each took from the fault to COMMIT
 */
export function describeFaults(
  server: Pick<SnowflakeEndpointOptions, 'resends'> & Partial<SnowflakeEndpointOptions>,
  chosen: (place: number) => readonly Statement[],
  told: Told = () => undefined,
  form: Form = 'standard',
): void {
  const statements = statementsOf(form);
  const { table: checkpoints } = CHECKPOINTS[form];
  describe(`with ${form} tables, if Snowflake behaves as ${JSON.stringify(server)}`, () => {
    let endpoint: SnowflakeEndpoint;
    let patient: EventRepository;
    let impatient: EventRepository;
    let batches = 0;

    beforeAll(async () => {
      endpoint = await SnowflakeEndpoint.start(server);
      const warehouse = await SnowflakeWarehouse.start({
        accessUrl: endpoint.url,
        maxBindBytes: 1_024,
        checkpoints: form,
      });
      patient = warehouse.repository(GROUP);
      impatient = warehouse.repository(GROUP, { requestTimeoutMs: IMPATIENT_MS });
      for (const repository of [patient, impatient]) {
        expect(await repository.open()).toEqual([]);
        await repository.claim([0, 1].map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })));
      }
    });

    afterAll(async () => {
      await Promise.all([patient.close(), impatient.close()]);
      await endpoint.close();
    });

    /** Eight events and a dead letter of partition 0, and an event of partition 1: more than one bind can hold. */
    function nextBatch(): Batch {
      const from = batches * 9;
      const other = batches++;
      const content = () => JSON.stringify({ incompressible: randomBytes(100).toString('base64') });
      return batch({
        rows: [
          ...Array.from({ length: 8 }, (_, index) => row(from + index, { content: content() })),
          row(other, { partition: 1 }),
        ],
        deadLetters: [letter(from + 8)],
        ranges: [range(from, from + 9, { deadLettered: 1 }), range(other, other + 1, { partition: 1 })],
      });
    }

    /** Expects every offset once, in the rows and in the ledger. */
    function expectExactlyOnce(): void {
      const every = Array.from({ length: batches }, (_, index) => index);
      expect(endpoint.table('RAW_EVENTS_STREAM').map(placeOf).sort()).toEqual(
        every
          .flatMap((index) => [...[0, 1, 2, 3, 4, 5, 6, 7].map((at) => `0@${index * 9 + at}`), `1@${index}`])
          .sort(),
      );
      expect(endpoint.table('SALES_EVENTS_DLQ').map(placeOf).sort()).toEqual(
        every.map((index) => `0@${index * 9 + 8}`).sort(),
      );
      expect(endpoint.table(checkpoints).filter((each) => each['TOPIC'] === TOPIC)).toMatchObject([
        { PARTITION: 0, NEXT_OFFSET: batches * 9, STORED: batches * 8, DEAD_LETTERED: batches },
        { PARTITION: 1, NEXT_OFFSET: batches, STORED: batches, DEAD_LETTERED: 0 },
      ]);
      expect(endpoint.openTransactions).toEqual([]);
    }

    const every = Object.entries(FAULTS).map(([what, given], place) => ({ what, ...given, place }));

    it.each(every)('stores exactly once despite $what', async ({ what, fault, code, isSilent, place }) => {
      const times: number[] = [];
      for (const { name, at } of chosen(place)) {
        const armed = endpoint.addFault({ ...fault, ...at });
        const struck = armed.happened.then(() => performance.now());

        const faults = await writeThrough(isSilent === true ? impatient : patient, nextBatch());

        times.push(performance.now() - (await struck));
        const [first] = faults;
        if (first !== undefined) expect(first.code).toMatch(code);
        // A COMMIT that succeeded needs no second attempt, as the checkpoints show.
        else expect(name).toBe('commit');
      }
      told(what, times.map(Math.round));
      expectExactlyOnce();
    });

    it('continues in the same session if only its token has expired', async () => {
      for (const { at } of statements) {
        endpoint.addFault({ kind: 'session-expired', ...at });
        expect(await writeThrough(patient, nextBatch())).toEqual([]);
      }
      expectExactlyOnce();
    });

    it('resends no statement that might have been executed', () => {
      const { entries, unknown } = endpoint.journal;
      const refused = new Set(
        entries.filter(({ outcome }) => outcome.includes(EXPIRED)).map(({ requestId }) => requestId),
      );
      expect(refused.size).toBe(statements.length);
      expect(entries.filter(({ attempt, requestId }) => attempt > 1 && !refused.has(requestId))).toEqual([]);
      expect(unknown).toEqual([]);
    });
  });
}

function placeOf(row: RowObject): string {
  const { partition, offset } = row['EVENT_METADATA'] as { partition: number; offset: number };
  return `${partition}@${offset}`;
}
