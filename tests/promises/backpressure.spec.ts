import { jest } from '@jest/globals';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

/** Long runs use larger values: see docs/reliability.md. */
const BACKLOG = Number(process.env['BACKPRESSURE_EVENTS'] ?? 60_000);
const SLOW_BATCHES = Number(process.env['BACKPRESSURE_BATCHES'] ?? 3);
const CHUNK = 5_000;
/** A guard against hanging: seconds to create the backlog and to work it off. */
const PATIENCE_MS = 120_000 + BACKLOG;

jest.setTimeout(2 * PATIENCE_MS + SLOW_BATCHES * 10_000);

/** Much less than the backlog, so that the buffer is full at once and stays full. */
const MAX_EVENTS = 4_000;
const MAX_BYTES = 2 * 1024 * 1024;
/** Five statements per batch. */
const HOLD_MS = 1_000;

describe('a warehouse that takes one batch in five seconds, with a backlog before it', () => {
  let scenario: Scenario;
  let endpoint: SnowflakeEndpoint;

  beforeAll(async () => {
    scenario = await Scenario.create('backpressure', { partitions: 6 });
    endpoint = await SnowflakeEndpoint.start({ countOnly: ['RAW_EVENTS_STREAM'] });
    await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    for (let first = 0; first < BACKLOG; first += CHUNK) {
      await scenario.produce(
        Array.from({ length: CHUNK }, (_, index) => ({ ...validOrder(first + index), partition: index % 6 })),
      );
    }
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await endpoint.close();
  });

  it('fills the buffer only up to its limits, keeps its partitions, and is drained in the end', async () => {
    const ingester = await scenario.startIngester({
      ...snowflakeEnv(endpoint),
      BATCH_MAX_EVENTS: String(MAX_EVENTS),
      BATCH_MAX_BYTES: String(MAX_BYTES),
    });
    endpoint.holdMs = HOLD_MS;
    const before = await ingester.metric('batch_size_events_count');
    const buffered: number[] = [];
    const bytes: number[] = [];
    const residentMb: number[] = [];
    await ingester.until(
      `${SLOW_BATCHES} batches`,
      async () => {
        buffered.push(await ingester.metric('current_batch_size'));
        bytes.push(await ingester.metric('buffer_bytes'));
        residentMb.push(Math.round((await ingester.metric('process_resident_memory_bytes')) / 1e6));
        return (await ingester.metric('batch_size_events_count')) >= before + SLOW_BATCHES;
      },
      30_000 + SLOW_BATCHES * 10_000,
    );
    process.stdout.write(`RSS through ${SLOW_BATCHES} slow batches, MB: ${residentMb.join(' ')}\n`);

    // Behind the batch being written, one is staged ahead and one is being filled.
    expect(Math.max(...buffered)).toBeLessThanOrEqual(2 * MAX_EVENTS);
    // The last message may begin below the limit and end above it.
    expect(Math.max(...bytes)).toBeLessThanOrEqual(2 * (MAX_BYTES + 64 * 1024));
    expect(Math.max(...buffered)).toBeGreaterThan(MAX_EVENTS);
    // Memory stops growing once the buffer is full: the second half of the run is not above the first.
    const half = Math.ceil(residentMb.length / 2);
    const peak = (part: number[]) => Math.max(...part);
    expect(peak(residentMb.slice(half))).toBeLessThan(1.25 * peak(residentMb.slice(0, half)));
    expect(await ingester.metric('rebalances_total')).toBe(1);
    expect((await ingester.get('/health/live')).status).toBe(200);
    expect((await ingester.get('/health')).status).toBe(200);

    endpoint.holdMs = 0;
    await ingester.until('the backlog', () => endpoint.count('RAW_EVENTS_STREAM') === BACKLOG, PATIENCE_MS);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.metric('rebalances_total')).toBe(1);
    expect(await ingester.stop()).toBe(0);
    expect(endpoint.count('RAW_EVENTS_STREAM')).toBe(BACKLOG);
  });
});
