import type { Producer, Transaction } from 'kafkajs';
import { environmentOf, operator } from '../operator/operator.js';
import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';

const BEFORE = 10;
const BEHIND = 2_000;
/** Includes the record of the transaction itself. */
const WAITING = BEHIND + 1;
/** The longest time that brokers allow by default, so the coordinator ends none of these. */
const TRANSACTION_TIMEOUT_MS = 900_000;

interface Verified {
  complete: boolean;
  partitions: { problems: string[]; log: { end: number; openTransaction?: { waiting: number } } }[];
}

const orders = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ ...validOrder(id), partition: 0 }));

describe('promise 7: what waits behind an open transaction is reported', () => {
  let scenario: Scenario;
  let producer: Producer;
  beforeEach(async () => {
    scenario = await Scenario.create('open');
    producer = scenario.kafka.producer({
      transactionalId: scenario.topic,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
  });
  afterEach(async () => {
    await producer.disconnect();
    await scenario.cleanUp();
  });

  /** The snapshot that pages get once a second. */
  async function snapshot(ingester: Ingester): Promise<string> {
    const response = await fetch(`${ingester.url}/page/live`);
    if (response.body === null) throw new Error('the page has no body');
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const found = /event: snapshot\ndata: (.*)\n\n/.exec(text);
      if (found?.[1] !== undefined) return found[1];
    }
    throw new Error(`the page ended with ${text}`);
  }

  async function behindAnOpenTransaction(): Promise<{ ingester: Ingester; transaction: Transaction }> {
    await scenario.produce(orders(BEFORE));
    const ingester = await scenario.startIngester();
    await ingester.untilMetric('snowflake_events_inserted_total', BEFORE);
    const transaction = await producer.transaction();
    await transaction.send({ topic: scenario.topic, messages: orders(1) });
    await scenario.produce(orders(BEHIND));
    await ingester.untilMetric('kafka_lag', WAITING);
    await ingester.until(
      'sees that the transaction is open',
      async () => (await ingester.metric('kafka_open_transaction_seconds')) > 0,
    );
    return { ingester, transaction };
  }

  it('in the lag, in health (which stays ready), on the page and by the operator; then all is stored once', async () => {
    const { ingester, transaction } = await behindAnOpenTransaction();
    const said = new RegExp(
      `open transaction of producer \\d+ has held ${scenario.topic}-0 at offset ${BEFORE} since 2.*${WAITING} offsets wait`,
    );
    await ingester.until('names the producer', async () => said.test((await ingester.get('/health')).body));
    expect((await ingester.get('/health')).status).toBe(200);
    expect((await ingester.get('/health/live')).status).toBe(200);
    expect(await ingester.metric('ready')).toBe(1);
    expect(await snapshot(ingester)).toMatch(said);
    expect(await ingester.stop()).toBe(0);

    const env = environmentOf(scenario);
    const verified = await operator(env, 'verify');
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).not.toMatch(/complete|nothing is missing/);
    const byOperator = new RegExp(
      `partition 0: an open transaction of producer \\d+ holds offset ${BEFORE}, last written to at 20.*: ${WAITING} offsets`,
    );
    expect(verified.stdout).toMatch(byOperator);
    const listed = await operator(env, 'checkpoints', 'list');
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(byOperator);
    expect(listed.stdout).toMatch(new RegExp(`\\b0-${BEFORE + WAITING} .*\\b${WAITING}\\b`));

    const next = await scenario.startIngester();
    await next.untilMetric('kafka_lag', WAITING);
    expect(await next.metric('kafka_partitions_held')).toBe(0);
    await transaction.commit();
    await next.untilMetric('snowflake_events_inserted_total', WAITING);
    await next.untilMetric('kafka_lag', 0);
    expect(await next.metric('kafka_open_transaction_seconds')).toBe(0);
    expect((await next.get('/health')).body).not.toContain('transaction');
    expect(await next.stop()).toBe(0);
    const complete = await operator(env, 'verify', '--json');
    expect(complete.code).toBe(0);
    expect(JSON.parse(complete.stdout) as Verified).toMatchObject({
      complete: true,
      partitions: [{ problems: [], log: { end: BEFORE + WAITING + 1 }, ledger: { rows: BEFORE + WAITING } }],
    });
  });

  it('and all but its own record is stored once if it is aborted', async () => {
    const { ingester, transaction } = await behindAnOpenTransaction();
    await transaction.abort();
    await ingester.untilMetric('snowflake_events_inserted_total', BEFORE + BEHIND);
    await ingester.untilMetric('kafka_lag', 0);
    expect(await ingester.stop()).toBe(0);
    const [stored] = await scenario.query(
      "SELECT COUNT(*) AS N, COUNT(DISTINCT EVENT_METADATA->>'offset') AS OFFSETS FROM RAW_EVENTS_STREAM",
    );
    expect(stored).toEqual({ N: String(BEFORE + BEHIND), OFFSETS: String(BEFORE + BEHIND) });
  });
});
