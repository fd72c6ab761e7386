import { PassThrough } from 'node:stream';
import { EventValidator } from '#events';
import { kafkaClient, registerCodecs } from '#kafka';
import { loadSettings } from '#settings';
import { withDuckDbFile } from '#testing';
import { warehouseEngine, type LedgerReader } from '#warehouse';
import { type DeepOptions, type Verification, verify } from '#apps/operator/verify';
import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { environmentOf, operator } from './operator.js';

const PARTITIONS = 3;
const EACH = 400;

describe('verify --deep', () => {
  let scenario: Scenario;
  beforeAll(async () => {
    registerCodecs();
    scenario = await Scenario.create('deep', { partitions: PARTITIONS });
    // In small batches, as a record batch is always fetched whole.
    for (let first = 0; first < EACH; first += 50) {
      const messages = Array.from({ length: 50 * PARTITIONS }, (_, index) => ({
        ...validOrder(first + index),
        partition: index % PARTITIONS,
      }));
      await scenario.produce(messages);
    }
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('snowflake_events_inserted_total', EACH * PARTITIONS);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
  });
  afterAll(() => scenario.cleanUp());

  /** Small fetches, so that there are many of them. */
  async function deep(
    options: Partial<DeepOptions>,
    on: (reader: LedgerReader) => LedgerReader = (reader) => reader,
  ): Promise<Verification> {
    const { settings } = loadSettings({
      ...environmentOf(scenario),
      KAFKA_FETCH_MAX_BYTES_PER_PARTITION: '16384',
    });
    const reader = warehouseEngine(settings).ledger;
    expect(await reader.open()).toEqual([]);
    try {
      const kafka = kafkaClient(settings.kafka, () => () => undefined);
      return await verify(
        {
          kafka,
          settings: settings.kafka,
          reader: on(reader),
          validator: new EventValidator({ maxBytes: settings.batch.eventMaxBytes }),
        },
        { from: null, signal: new AbortController().signal, progressOutput: new PassThrough(), ...options },
      );
    } finally {
      await reader.close();
    }
  }

  it('stops on request, and continues from that position until everything is compared', async () => {
    const stop = new AbortController();
    const stopped = await deep({ signal: stop.signal }, (reader) => stoppingIn(1, reader, stop));
    expect(stopped.isComplete).toBe(false);
    expect(stopped.problems).toEqual([]);
    const from = stopped.depth?.stoppedAt ?? null;
    expect(from).toEqual({ partition: 1, offset: expect.any(Number) });
    const rest = await deep({ from });
    expect(rest).toMatchObject({ problems: [], depth: { stoppedAt: null, isResumed: true } });
    expect((stopped.depth?.compared ?? 0) + (rest.depth?.compared ?? 0)).toBe(EACH * PARTITIONS);
  });

  it('reports what retention deleted, and compares the rest', async () => {
    const admin = scenario.kafka.admin();
    await admin.connect();
    await admin.fetchTopicOffsets(scenario.topic);
    await admin.deleteTopicRecords({ topic: scenario.topic, partitions: [{ partition: 2, offset: '100' }] });
    await admin.disconnect();
    const found = await deep({});
    expect({ problems: found.problems, notes: found.notes, depth: found.depth }).toMatchObject({
      problems: [],
      notes: [`partition 2: the log no longer holds ${scenario.topic}-2@0-99: only the tables record them`],
      depth: { compared: EACH * PARTITIONS - 100, isWhole: false },
    });
  });

  it('names what is missing by what the service does with it', async () => {
    const env = { ...environmentOf(scenario), UNKNOWN_EVENT_TYPES: 'dead-letter' };
    await scenario.produce([{ key: 'k', value: '{"event_type":"STOCK_MOVED"}', partition: 0 }]);
    const ingester = await scenario.startIngester(env);
    await ingester.untilMetric('dlq_messages_total', 1);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    await withDuckDbFile(scenario.duckdbPath, 'READ_WRITE', async (connection) => {
      await connection.run('DELETE FROM SALES_EVENTS_DLQ');
    });
    const { code, stdout } = await operator(env, 'verify', '--deep');
    expect(code).toBe(1);
    expect(stdout).toContain('are dead letters by the present contract');
  });

  it('rejects a position without --deep, and an invalid one', async () => {
    const env = environmentOf(scenario);
    expect(await operator(env, 'verify', '--from', '1@5')).toMatchObject({ code: 2, stdout: '' });
    expect(await operator(env, 'verify', '--deep', '--from', '5')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected a partition and an offset, such as 3@150000'),
    });
  });
});

/** The same reader, which aborts when it reaches a partition. */
function stoppingIn(partition: number, reader: LedgerReader, stop: AbortController): LedgerReader {
  return {
    open: () => reader.open(),
    read: (group, topic) => reader.read(group, topic),
    entries: (topic, at, from, to) => {
      if (at === partition) stop.abort();
      return reader.entries(topic, at, from, to);
    },
    storedAs: (ids) => reader.storedAs(ids),
    firstRows: (topic) => reader.firstRows(topic),
    deletedLetters: (topic, at) => reader.deletedLetters(topic, at),
    close: () => reader.close(),
  };
}
