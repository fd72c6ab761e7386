import { PassThrough } from 'node:stream';
import { EventValidator } from '#events';
import { kafkaClient, registerCodecs } from '#kafka';
import { loadSettings } from '#settings';
import { warehouseEngine } from '#warehouse';
import { type Verification, verify } from '#apps/operator/verify';
import { validOrder } from '../support/bad-input.js';
import { Scenario } from '../support/scenario.js';
import { AT, MUTATION_SQL, MUTATIONS } from './mutations/index.js';
import { environmentOf, operator } from './operator.js';
import { WAREHOUSES, type Tables } from './warehouses.js';

const key = 'cellar';
const REDRIVE_ID = '5f0c9c3e-2b1f-4e0d-9a57-0c6f4f4b9d11';

describe.each(WAREHOUSES)('verify on %s', (engine, prepare) => {
  let scenario: Scenario;
  let tables: Tables;
  let restore: () => Promise<void>;
  const sql = MUTATION_SQL[engine];

  // Twenty events, two dead letters with a tombstone between them, an aborted and a committed transaction, an event that
  // is patched and redriven, and a duplicate of that redriven message.
  beforeAll(async () => {
    registerCodecs();
    scenario = await Scenario.create('mutations');
    tables = await prepare(scenario);
    await scenario.produce([
      ...Array.from({ length: 20 }, (_, id) => ({ ...validOrder(id), key })),
      { key, value: '{', headers: { source_service: 'till-7', trace: Buffer.from([0xff]) } },
      { key, value: null },
      { value: '[1]' },
    ]);
    await transaction('abort');
    await transaction('commit');
    const invalid = { ...(JSON.parse(validOrder(27).value) as object), customer_id: undefined };
    await scenario.produce([{ key, value: JSON.stringify(invalid) }]);
    await ingest();
    // Does what redrive does; the endpoint does not support all of its SQL.
    await tables.execute(
      `UPDATE SALES_EVENTS_DLQ SET REDRIVE_ID = '${REDRIVE_ID}' WHERE ${sql.at(AT.mended)}`,
    );
    const mended = { ...validOrder(27), key, headers: { 'dlq.redrive.id': REDRIVE_ID, 'dlq.attempt': '1' } };
    await scenario.produce([mended, mended]);
    await ingest();
    restore = await tables.save();
  });
  afterAll(async () => {
    await scenario.cleanUp();
    await tables.close();
  });

  const env = () => ({ ...environmentOf(scenario), ...tables.env });

  /** Takes two offsets: a record and a marker. */
  async function transaction(end: 'abort' | 'commit'): Promise<void> {
    const producer = scenario.kafka.producer({
      transactionalId: scenario.topic,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const open = await producer.transaction();
    await open.send({ topic: scenario.topic, messages: [{ ...validOrder(23), key }] });
    await open[end]();
    await producer.disconnect();
  }

  async function ingest(): Promise<void> {
    const ingester = await scenario.startIngester(tables.env);
    await scenario.untilSettled(ingester);
    expect(await ingester.stop()).toBe(0);
  }

  async function verification(isDeep: boolean): Promise<Verification> {
    const { settings } = loadSettings(env());
    const reader = warehouseEngine(settings).ledger;
    expect(await reader.open()).toEqual([]);
    try {
      const kafka = kafkaClient(settings.kafka, () => () => undefined);
      const subject = {
        kafka,
        settings: settings.kafka,
        reader,
        validator: new EventValidator({ maxBytes: settings.batch.eventMaxBytes }),
      };
      const deep = isDeep
        ? { from: null, signal: new AbortController().signal, progressOutput: new PassThrough() }
        : null;
      return await verify(subject, deep);
    } finally {
      await reader.close();
    }
  }

  /** The sentences; coordinates leave out the topic's partition 0. */
  async function problems(isDeep: boolean): Promise<string> {
    return (await verification(isDeep)).problems.join('\n').replaceAll(`${scenario.topic}-0@`, '@');
  }

  it('finds nothing if everything is correct', async () => {
    const { isComplete, problems: found, notes, depth } = await verification(true);
    expect({ isComplete, found, notes, depth }).toMatchObject({
      isComplete: true,
      found: [],
      notes: [],
      depth: { compared: 30, isWhole: true, stoppedAt: null },
    });
    expect(await operator(env(), 'verify', '--deep')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('✓ complete: nothing is missing. 30 offsets of the log were compared'),
    });
  });

  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    'reports that %s',
    async (_name, { statements, says, isDeep }) => {
      for (const statement of statements(sql, scenario.topic, scenario.group))
        await tables.execute(statement);
      try {
        expect(await problems(isDeep === true)).toMatch(says);
      } finally {
        await restore();
      }
    },
  );

  it('exits with 1 if it finds something', async () => {
    await tables.execute(`DELETE FROM RAW_EVENTS_STREAM WHERE ${sql.at(5)}`);
    const { code, stdout } = await operator(env(), 'verify', '--deep', '--json');
    await restore();
    expect({ code, report: JSON.parse(stdout) as unknown }).toMatchObject({
      code: 1,
      report: { complete: false, consistent: false, deep: { problems: [{ partition: 0 }] } },
    });
  });

  it('does not report complete if a ledger begins later than the log', async () => {
    await tables.execute(
      `UPDATE INGESTION_CHECKPOINTS SET FIRST_OFFSET = 3, STORED = STORED - 3 WHERE CONSUMER_GROUP = '${scenario.group}'`,
    );
    const { isComplete, problems: found, notes } = await verification(true);
    await restore();
    expect({ isComplete, found }).toEqual({ isComplete: false, found: [] });
    expect(notes.join('\n')).toContain(
      `the ledger begins at 3; before it the log holds ${scenario.topic}-0@0-2`,
    );
  });
});
