import { validOrder } from '../support/bad-input.js';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { operator } from '../operator/operator.js';
import { call, TOKEN } from './client.js';

const WHO = { user: 'anna', reason: 'the shop confirmed it' };
const SCRIPT = '<script>window.ran=1</script>';

interface Listed {
  key: string;
  id: string;
  status: string;
  errorType: string;
  faults: string[];
}

describe('the workbench repairs and closes dead letters as the operator does', () => {
  let scenario: Scenario;
  let ingester: Ingester;
  const order = validOrder();
  const broken = JSON.stringify({ ...(JSON.parse(order.value) as object), customer_id: 'five' });

  beforeAll(async () => {
    scenario = await Scenario.create('workbench');
    ingester = await scenario.startIngester({ ADMIN_TOKEN: TOKEN, DLQ_MAX_RUN: '8', BATCH_MIN_EVENTS: '1' });
    await scenario.produce([
      { value: broken, key: SCRIPT, headers: { [SCRIPT]: SCRIPT, source_service: 'till' } },
      { value: '{"event_type":"ORDER_CREATED",}' },
      { value: `not JSON: ${SCRIPT}` },
      { value: JSON.stringify({ event_type: 'ORDER_CREATED', emoji: SCRIPT }) },
    ]);
    await ingester.untilMetric('dlq_messages_total', 4);
    await scenario.untilSettled(ingester);
  });
  afterAll(() => scenario.cleanUp());

  const get = async (path: string) => (await call(ingester.url, path)).json;
  const post = (path: string, body: object) => call(ingester.url, path, { body });

  async function list(query = ''): Promise<Listed[]> {
    return (await get(`letters?${query}`))['letters'] as Listed[];
  }

  async function letter(id: string): Promise<Record<string, unknown>> {
    const [only] = (await get(`letter?id=${encodeURIComponent(id)}`))['letters'] as Record<string, unknown>[];
    if (only === undefined) throw new Error(`there is no letter ${id}`);
    return only;
  }

  const at = (offset: number) => `${scenario.topic}-0@${offset}`;
  const keyOf = async (offset: number) => (await letter(at(offset)))['letterKey'] as string;

  it('counts letters by reason, filters and lists them', async () => {
    const { counts, groups } = await get('groups');
    expect(counts).toEqual({ open: 4, redriven: 0, stored: 0, resolved: 0 });
    expect(groups).toContainEqual(
      expect.objectContaining({ type: 'invalid_schema', field: 'customer_id', producer: 'till', count: 1 }),
    );
    expect(await list()).toMatchObject([0, 1, 2, 3].map((offset) => ({ id: at(offset), status: 'open' })));
    expect(await list('type=json_decode')).toMatchObject([{ id: at(1) }, { id: at(2) }]);
    expect(await list('producer=till')).toMatchObject([{ id: at(0), faults: ['customer_id'] }]);
    expect(await list(`id=${at(3)}`)).toMatchObject([{ id: at(3) }]);
    expect(await list(`since=${Date.now() + 60_000}`)).toEqual([]);
    expect(await get('letters?from=3')).toMatchObject({ total: 4, from: 3, letters: [{ id: at(3) }] });
    expect(JSON.stringify(await list())).not.toContain(SCRIPT);
  });

  it('shows one letter with its content and marked faults', async () => {
    expect(await letter(at(0))).toMatchObject({
      value: { text: broken },
      key: { text: SCRIPT },
      headers: expect.arrayContaining([{ name: SCRIPT, text: SCRIPT }]) as object[],
      marked: { json: null, fields: [{ field: 'customer_id', found: '"five"' }] },
      actions: [],
      refusal: null,
      hiddenBytes: 0,
    });
    expect((await letter(at(1)))['marked']).toMatchObject({ json: { line: 1, column: 31 } });
  });

  it('says before anything is sent what changes, and whether the service would store it', async () => {
    const key = await keyOf(0);
    expect((await post('check', { key })).json).toMatchObject({
      outcome: 'left-out',
      why: 'would-fail-again',
      words: 'it would be a dead letter again',
      rejection: expect.stringContaining('customer_id') as string,
    });
    expect((await post('check', { key, edited: order.value })).json).toEqual({
      id: at(0),
      outcome: 'send',
      words: null,
      rejection: null,
      changes: [{ field: 'customer_id', before: '"five"', after: '63' }],
    });
    expect((await list()).length).toBe(4);
  });

  it('sends nothing that would fail again, and stores what was edited, once, with a record of who did it', async () => {
    const key = await keyOf(0);
    const refused = await post('redrive', { keys: [key], ...WHO });
    expect(refused.json).toEqual({
      sent: 0,
      leftOut: [{ why: 'it would be a dead letter again', ids: [at(0)] }],
    });
    const edited = { keys: [key], edited: order.value, ...WHO };
    expect((await post('redrive', { ...edited, keys: [key, key] })).status).toBe(409);
    expect((await post('redrive', edited)).json).toEqual({ sent: 1, leftOut: [] });
    await ingester.until('stored', async () => (await letter(at(0)))['status'] === 'stored');
    expect((await post('redrive', edited)).json).toEqual({
      sent: 0,
      leftOut: [{ why: 'it is already stored', ids: [at(0)] }],
    });
    expect((await letter(at(0)))['actions']).toMatchObject([
      { action: 'redrive', by: 'anna (page)', reason: WHO.reason, changed: 'customer_id' },
    ]);
    const shown = await operator(scenario.env, 'dead-letters', 'show', at(0));
    expect(shown.stdout).toContain('redriven by anna (page), changed: customer_id (the shop confirmed it)');
  });

  it('sends what would fail again if it is told to, and counts the attempt', async () => {
    const body = { keys: [await keyOf(3)], force: true, user: ' anna ' };
    expect((await post('redrive', body)).json).toEqual({ sent: 1, leftOut: [] });
    await ingester.until('failed again', async () => (await list()).some(({ id }) => id === at(5)));
    expect(await letter(at(5))).toMatchObject({ attempt: 2 });
    expect((await letter(at(3)))['actions']).toMatchObject([{ by: 'anna (page)', reason: null }]);
  });

  it('closes letters with a reason, and leaves those that are stored or closed', async () => {
    const keys = await Promise.all([0, 1, 2].map(keyOf));
    expect((await post('resolve', { keys, user: 'anna' })).message).toContain('expected a few words');
    expect((await post('resolve', { keys, ...WHO })).json).toEqual({ resolved: 2 });
    expect((await post('resolve', { keys, ...WHO, user: 'ben' })).json).toEqual({ resolved: 0 });
    expect(await list('status=resolved')).toMatchObject([{ id: at(1) }, { id: at(2) }]);
    expect((await letter(at(1)))['actions']).toMatchObject([{ action: 'resolve', by: 'anna (page)' }]);
  });

  it('lifts the dead-letter limit, and the log says who did it and why', async () => {
    await scenario.produce(Array.from({ length: 20 }, () => ({ value: 'no JSON' })));
    await ingester.untilMetric('dead_letter_limit_hit', 1);
    expect((await get('limit'))['held']).toMatch(/DLQ_MAX_RUN=8/);
    expect((await post('limit/lift', WHO)).json).toEqual({ lifted: true });
    await scenario.untilSettled(ingester);
    expect((await get('limit'))['held']).toBeNull();
    expect((await post('limit/lift', WHO)).status).toBe(409);
  });

  it('says who did what in the log, and nothing of the content of events', async () => {
    expect(await ingester.stop()).toBe(0);
    for (const text of [
      'anna (page) redrove 1 dead letter"',
      'anna (page) resolved 2 dead letters"',
      'anna (page) lifted the dead-letter limit: the shop confirmed it',
    ]) {
      expect(ingester.output).toContain(text);
    }
    expect(ingester.output).not.toContain(SCRIPT);
    expect(
      await scenario.query(
        'SELECT ACTION, ACTED_BY, count(*) AS N FROM DEAD_LETTER_ACTIONS GROUP BY ALL ORDER BY ALL',
      ),
    ).toEqual([
      { ACTION: 'redrive', ACTED_BY: 'anna (page)', N: '2' },
      { ACTION: 'resolve', ACTED_BY: 'anna (page)', N: '2' },
    ]);
  });
});
