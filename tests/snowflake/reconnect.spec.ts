import type { EventRepository } from '#pipeline';
import { SnowflakeEndpoint, type FaultKind } from '#snowflake-endpoint';
import { SnowflakeWarehouse, stored } from '#testing/warehouse-contract';

/** The first requests of a new session. */
const STEPS = ['login', 'alter session', 'create temporary table'];

const FAULTS: Record<string, FaultKind> = {
  reset: { kind: 'reset' },
  silence: { kind: 'silence' },
  'half a response': { kind: 'half-response' },
  'a garbage body': { kind: 'garbage' },
  'HTTP 503': { kind: 'http', status: 503 },
  'HTTP 429': { kind: 'http', status: 429, retryAfterSeconds: 30 },
  'an expired session': { kind: 'session-gone' },
  'a Snowflake error': { kind: 'sql-error', code: '000603', sqlState: 'XX000', message: 'incident' },
};

const MOST_TRIES = 5;
/** How long a silent endpoint delays the test; longer than a busy machine needs to respond. */
const REQUEST_TIMEOUT_MS = 1_500;

describe('a session that must be reopened', () => {
  let endpoint: SnowflakeEndpoint;
  let repository: EventRepository;
  let nextOffset = 0;

  beforeAll(async () => {
    endpoint = await SnowflakeEndpoint.start();
    const warehouse = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    repository = warehouse.repository('ingestion', { requestTimeoutMs: REQUEST_TIMEOUT_MS });
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: 'sales_events', partition: 0, startOffset: 0 }]);
  });

  afterAll(async () => {
    await repository.close();
    expect(endpoint.journal.unknown).toEqual([]);
    await endpoint.close();
  });

  describe.each(STEPS)('and whose %s fails', (on) => {
    it.each(Object.entries(FAULTS))('by %s, is opened again', async (_what, kind) => {
      for (const point of ['before', 'after'] as const) {
        for (const { id } of endpoint.sessions) endpoint.endSession(id);
        const fault = endpoint.addFault({ ...kind, on, point });
        await writeNext();
        expect(fault.struck).toBe(1);
      }
    });
  });

  async function writeNext(): Promise<void> {
    const batch = stored(nextOffset, nextOffset + 3);
    nextOffset += 3;
    for (let tries = 1; ; tries++) {
      const result = await repository.write(batch);
      if (result.kind === 'stored') break;
      expect(result).toMatchObject({ kind: 'fault', fault: { class: 'transient' } });
      expect(tries).toBeLessThan(MOST_TRIES);
    }
    const offsets = endpoint
      .table('RAW_EVENTS_STREAM')
      .map((row) => (row['EVENT_METADATA'] as { offset: number }).offset);
    expect(offsets).toEqual(Array.from({ length: nextOffset }, (_, offset) => offset));
  }
});
