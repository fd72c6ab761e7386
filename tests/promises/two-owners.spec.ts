import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { snowflakeEnv } from '../support/snowflake-env.js';

const COMPARE_AND_SET = { on: 'update INGESTION_CHECKPOINTS', occurrence: 2 };
const BATCH = 300;

/**
 * A process is suspended in the middle of its transaction for longer than the session timeout, and resumes when another
 * one owns its partition: both believe that it is theirs. Tested for both possible semantics of an UPDATE that waited
 * for a lock, as Snowflake's documentation does not specify it.
 */
describe('two services that both believe they own a partition', () => {
  let scenario: Scenario;
  let endpoint: SnowflakeEndpoint;

  afterEach(async () => {
    await scenario.cleanUp();
    await endpoint.close();
  });

  it.each([
    ['before its rows are inserted', 'statement-start', { on: 'insert RAW_EVENTS_STREAM', occurrence: 1 }],
    ['while it holds the lock', 'statement-start', COMPARE_AND_SET],
    ['while it holds the lock', 'reevaluate', COMPARE_AND_SET],
    ['with its COMMIT on the way', 'reevaluate', { on: 'commit', occurrence: 1 }],
  ] as const)('store every event once: one is stopped %s (%s)', async (_when, afterWait, statement) => {
    scenario = await Scenario.create('owners');
    endpoint = await SnowflakeEndpoint.start({ afterWait, idleAbortMs: 8_000 });
    await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    const env = { ...snowflakeEnv(endpoint), SNOWFLAKE_LOCK_TIMEOUT_SECONDS: '5' };
    let produced = 0;
    const produce = async () => {
      await scenario.produce(Array.from({ length: BATCH }, () => validOrder(produced++)));
    };

    const first = await scenario.startIngester(env);
    const reached = endpoint.addFault({ ...statement, kind: 'delay', ms: 500, point: 'before' });
    await produce();
    await reached.happened;
    first.signal('SIGSTOP');

    const second = await scenario.startIngester(env);
    await produce();
    await second.until('the partition, and every event', () => storedOffsets().length >= produced, 90_000);

    first.signal('SIGCONT');
    await produce();
    await second.until('what comes after', () => storedOffsets().length >= produced, 60_000);
    await first.untilReady();
    await produce();
    await second.until('the rest', () => storedOffsets().length >= produced, 60_000);
    expect(await second.stop()).toBe(0);
    // A commit during a rebalance is dropped; the next owner of the partition commits its start position.
    const areCommitted = async () => (await scenario.committedOffsets()).get(0) === produced;
    await first.until('every offset is committed', areCommitted, 60_000);
    expect(await first.stop()).toBe(0);

    expect(storedOffsets()).toEqual(Array.from({ length: produced }, (_, offset) => offset));
    const checkpoints = endpoint
      .table('INGESTION_CHECKPOINTS')
      .filter(({ CONSUMER_GROUP }) => CONSUMER_GROUP === scenario.group);
    expect(checkpoints).toEqual([
      expect.objectContaining({ FIRST_OFFSET: 0, NEXT_OFFSET: produced, STORED: produced, GAPS: 0, LOST: 0 }),
    ]);
    expect(endpoint.openTransactions).toEqual([]);
    expect(await scenario.committedOffsets()).toEqual(new Map([[0, produced]]));
  });

  function storedOffsets(): number[] {
    return endpoint
      .table('RAW_EVENTS_STREAM')
      .map(({ EVENT_METADATA }) => (EVENT_METADATA as { offset: number }).offset)
      .sort((one, other) => one - other);
  }
});
