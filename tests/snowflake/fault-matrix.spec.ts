import type { Batch, EventRepository } from '#pipeline';
import { SnowflakeEndpoint, type FaultKind, type FaultRule } from '#testing';
import { batch, letter, range, row } from '../../libs/warehouse/src/contract/batches.js';
import { SnowflakeWarehouse } from '../../libs/warehouse/src/contract/snowflake-warehouse.js';

/** How long a statement may go without an answer: short, so that a silence of minutes takes no minutes here. */
const REQUEST_TIMEOUT_MS = 400;
/** Longer than any fault here lasts. */
const MOST_TRIES = 10;

type Point = 'before' | 'during' | 'after';

interface Trouble {
  fault: FaultKind & { times?: number };
  points: readonly Point[];
}

/** What happens on the way, at any moment of a statement. */
const onTheWay = (fault: Trouble['fault']): Trouble => ({ fault, points: ['before', 'during', 'after'] });

/** What Snowflake answers in place of running the statement. */
const answered = (fault: Trouble['fault']): Trouble => ({ fault, points: ['before'] });

const TROUBLES: Record<string, Trouble> = {
  reset: onTheWay({ kind: 'reset' }),
  silence: onTheWay({ kind: 'silence' }),
  'half a response': onTheWay({ kind: 'half-response' }),
  'a garbage body': onTheWay({ kind: 'garbage' }),
  'a storm of 503': onTheWay({ kind: 'http', status: 503, times: 3 }),
  '429 with Retry-After': onTheWay({ kind: 'http', status: 429, retryAfterSeconds: 30 }),
  '401': onTheWay({ kind: 'http', status: 401 }),
  'session expired': answered({ kind: 'session-expired' }),
  'session gone': answered({ kind: 'session-gone', code: '390111' }),
  'session refused': answered({ kind: 'session-gone', code: '390104', status: 401 }),
  'a lock time-out': answered({ kind: 'sql-error', code: '000627', sqlState: '57014', message: 'lock' }),
  'an unknown error': answered({ kind: 'sql-error', code: '000603', sqlState: 'XX000', message: 'incident' }),
};

/** Every statement of the transaction, in its order. */
const STATEMENTS: Record<string, Pick<FaultRule, 'on' | 'occurrence'>> = {
  'the staging': { on: 'stage' },
  'the insert of events': { on: 'insert RAW_EVENTS_STREAM' },
  'the insert of dead letters': { on: 'insert SALES_EVENTS_DLQ' },
  'taking the lock': { on: 'update INGESTION_CHECKPOINTS', occurrence: 1 },
  'the compare-and-set': { on: 'update INGESTION_CHECKPOINTS', occurrence: 2 },
  'the commit': { on: 'commit' },
};

const recovery: { trouble: string; statement: string; point: Point; milliseconds: number; tries: number }[] =
  [];

describe.each(['dedupe', 'run-both'] as const)('where a request that comes twice is %s', (resends) => {
  let endpoint: SnowflakeEndpoint;
  let repository: EventRepository;
  let nextOffset = 0;

  beforeAll(async () => {
    endpoint = await SnowflakeEndpoint.start({ resends, idleAbortMs: 200 });
    const warehouse = await SnowflakeWarehouse.start({
      accessUrl: endpoint.url,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      lockTimeoutSeconds: 1,
    });
    repository = warehouse.repository('ingestion');
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 0 }]);
  });

  afterAll(async () => {
    await repository.close();
    expect(endpoint.journal.unknown).toEqual([]);
    await endpoint.close();
  });

  /** Three events and a dead letter. */
  function nextBatch(): Batch {
    const from = nextOffset;
    nextOffset += 4;
    return batch({
      rows: [0, 1, 2].map((index) => row(from + index)),
      deadLetters: [letterAt(from + 3)],
      ranges: [range(from, nextOffset, { deadLettered: 1 })],
    });
  }

  describe.each(Object.entries(STATEMENTS))('%s', (statement, rule) => {
    const cases = Object.entries(TROUBLES).flatMap(([trouble, { fault, points }]) =>
      points.map((point) => [trouble, point, fault] as const),
    );

    it.each(cases)('survives %s, %s it is executed', async (trouble, point, fault) => {
      const written = nextBatch();
      const injected = endpoint.addFault({ ...rule, ...fault, point });
      const startedAt = performance.now();
      const tries = await writeUntilSettled(repository, written);
      const milliseconds = Math.round(performance.now() - startedAt);
      recovery.push({ trouble, statement, point, milliseconds, tries });

      expect(injected.struck).toBeGreaterThan(0);
      endpoint.faults.clear();
      expectExactlyOnce(endpoint, written);
    });
  });
});

afterAll(() => {
  process.stdout.write(
    `\nTime to recover (milliseconds, the longest of both kinds of server):\n${table()}\n`,
  );
});

/** As the pipeline does, but without its waits. Answers how many tries it took. */
async function writeUntilSettled(repository: EventRepository, written: Batch): Promise<number> {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const result = await repository.write(written);
    if (result.kind === 'stored') return tries;
    if (result.kind === 'stale') {
      // An earlier try was committed without our hearing of it: the checkpoint says so.
      expect(result.checkpoints.map((checkpoint) => checkpoint.nextOffset)).toEqual(
        written.ranges.map(({ to }) => to),
      );
      return tries;
    }
    expect(result).toMatchObject({ kind: 'fault', fault: { class: 'transient' } });
  }
  throw new Error(`not written after ${MOST_TRIES} tries`);
}

function expectExactlyOnce(endpoint: SnowflakeEndpoint, { rows, deadLetters, ranges: [range] }: Batch): void {
  const { from = 0, to = 0 } = range ?? {};
  const within = (offset: number) => offset >= from && offset < to;
  const offsets = (table: string) =>
    endpoint
      .table(table)
      .map((stored) => (stored['EVENT_METADATA'] as { offset: number }).offset)
      .filter(within)
      .sort((one, other) => one - other);
  expect(offsets('RAW_EVENTS_STREAM')).toEqual(rows.map(({ message }) => message.offset));
  expect(offsets('SALES_EVENTS_DLQ')).toEqual(deadLetters.map(({ message }) => message.offset));
  expect(endpoint.table('INGESTION_CHECKPOINTS').filter(({ CONSUMER_GROUP: group }) => group !== '')).toEqual(
    [expect.objectContaining({ NEXT_OFFSET: to, STORED: (to / 4) * 3, DEAD_LETTERED: to / 4 })],
  );
}

function letterAt(offset: number) {
  const made = letter(offset);
  return { ...made, message: { ...made.message, offset } };
}

function table(): string {
  const statements = Object.keys(STATEMENTS);
  const line = (cells: string[]) => cells.map((cell, index) => cell.padEnd(index === 0 ? 24 : 28)).join('');
  const rows = Object.entries(TROUBLES).map(([trouble, { points }]) => {
    const cells = statements.map((statement) =>
      points
        .map((point) => {
          const found = recovery.filter(
            (entry) => entry.trouble === trouble && entry.statement === statement && entry.point === point,
          );
          return Math.max(...found.map(({ milliseconds }) => milliseconds));
        })
        .join(' / '),
    );
    return line([trouble, ...cells]);
  });
  return [line(['before / during / after', ...statements]), ...rows].join('\n');
}
