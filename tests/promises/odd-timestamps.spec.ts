import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { answerOf, environmentOf, operator } from '../operator/operator.js';

/** No timestamp, micro- and nanoseconds, and the limits of 64 bits. */
const MOST = '9223372036854775807';
const TIMES = ['-2', '1700000000000000', '1700000000123456789', MOST, '-9223372036854775808'];

interface Letter {
  id: string;
  timestamp: string | null;
  timestampMs: number | string;
}

describe('an invalid timestamp', () => {
  let scenario: Scenario;
  let env: Record<string, string>;
  beforeAll(async () => {
    scenario = await Scenario.create('odd-times', {
      config: { 'message.timestamp.after.max.ms': '9223372036854775807' },
    });
    env = environmentOf(scenario);
  });
  afterAll(() => scenario.cleanUp());

  it('is stored to its last digit, with events and dead letters, and does not stop reading', async () => {
    for (const timestamp of TIMES) {
      await scenario.produce([{ ...validOrder(), timestamp }]);
      await scenario.produce([{ value: 'no JSON', timestamp }]);
    }
    const before = await scenario.startIngester();
    await scenario.untilSettled(before);
    await before.untilMetric('batch_size_events_sum', 2 * TIMES.length);
    expect(await before.metric('event_to_warehouse_latency_seconds_sum')).toBe(0);
    expect(await before.stop()).toBe(0);

    // At the next start the last record is compared with the one that was read.
    await scenario.produce([{ value: 'no JSON', timestamp: MOST }]);
    const after = await scenario.startIngester();
    await after.untilMetric('dlq_messages_total', 1);
    await scenario.untilSettled(after);
    expect(await after.stop()).toBe(0);

    for (const table of ['RAW_EVENTS_STREAM', 'SALES_EVENTS_DLQ']) {
      const rows = await scenario.query(
        `SELECT DISTINCT EVENT_METADATA->>'timestamp_ms' AS ms FROM ${table} ORDER BY ms`,
      );
      expect(rows.map(({ ms }) => ms)).toEqual(TIMES.toSorted());
    }
  });

  it.each([['table'], ['topic']])('is shown, listed and exported from the %s', async (from) => {
    const { stdout, stderr, code } = await operator(env, 'dead-letters', 'export', '--from', from);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const letters = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Letter);
    expect(letters.map(({ timestampMs }) => String(timestampMs)).toSorted()).toEqual(
      [...TIMES, MOST].toSorted(),
    );
    for (const { id, timestampMs } of letters.slice(2, 4)) {
      const shown = await operator(env, 'dead-letters', 'show', id, '--from', from);
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(shown.stdout).toContain(`${timestampMs} ms`);
    }
    const list = await answerOf<{ groups: { count: number }[] }>(env, 'dead-letters', 'list', '--from', from);
    expect(list.groups).toMatchObject([{ count: TIMES.length + 1 }]);
  });

  it('does not prevent its letter from being redriven or resolved, or the ledger from adding up', async () => {
    const sent = await answerOf(
      env,
      ...['dead-letters', 'redrive', `${scenario.topic}-0@7`, '--force', '--from', 'topic'],
    );
    expect(sent).toMatchObject({ sent: 1 });
    const resolved = await answerOf(env, 'dead-letters', 'resolve', '--all', '--reason', 'a clock');
    expect(resolved).toMatchObject({ resolved: TIMES.length });
    expect(await operator(env, 'verify')).toMatchObject({ code: 0 });
    expect(await operator(env, 'checkpoints', 'list')).toMatchObject({ code: 0 });
  });
});
