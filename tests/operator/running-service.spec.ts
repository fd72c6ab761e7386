import { stat } from 'node:fs/promises';
import { eventually } from '#testing';
import type { Ingester } from '../support/ingester.js';
import { Scenario } from '../support/scenario.js';
import { answerOf, builtOperator, environmentOf, operator } from './operator.js';

const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e',
  customer_id: 5,
  product_id: 1000,
  quantity: 2,
};

describe('the operator beside a running service on DuckDB', () => {
  let scenario: Scenario;
  let service: Ingester;
  let env: Record<string, string>;
  const id = (offset: number) => `${scenario.topic}-0@${offset}`;

  beforeAll(async () => {
    scenario = await Scenario.create('running');
    env = environmentOf(scenario);
    await scenario.produce([
      { value: JSON.stringify(ORDER) },
      { value: JSON.stringify({ ...ORDER, customer_id: 'five' }) },
      { value: '{"event_type":' },
    ]);
    service = await scenario.startIngester();
    await scenario.untilSettled(service);
    await service.untilMetric('dlq_messages_total', 2);
  });
  afterAll(() => scenario.cleanUp());

  it('sends a corrected event, which the service stores meanwhile, and resolves another', async () => {
    const { sent } = await answerOf<{ sent: number }>(
      env,
      ...['dead-letters', 'redrive', id(1), '--set', 'customer_id=5'],
    );
    expect(sent).toBe(1);
    await eventually(
      async () => {
        const { counts } = await answerOf<{ counts: { stored: number } }>(env, 'dead-letters', 'list');
        return counts.stored === 1;
      },
      { describe: 'the redriven event is stored' },
    );
    expect(await answerOf(env, 'dead-letters', 'resolve', id(2), '--reason', 'a test')).toEqual({
      chosen: 1,
      resolved: 1,
    });
  });

  it('reads, and neither changes nor creates anything, with sql', async () => {
    const dropped = await operator(env, 'sql', 'DROP TABLE RAW_EVENTS_STREAM');
    expect(dropped).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('this is DROP') });
    const wrong = await operator(env, 'sql', 'SELECT 1;\nSELECT NO_SUCH FROM RAW_EVENTS_STREAM');
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('LINE 1: SELECT NO_SUCH') });
    const few = await operator(env, 'sql', '--limit', '2', 'SELECT * FROM range(5)');
    expect(few).toEqual({
      code: 0,
      stdout: 'range\n    0\n    1\n',
      stderr: 'Only the first 2 rows; --limit all prints all.\n',
    });
  });

  it('moves no checkpoint under the service, and creates views beside it', async () => {
    const moved = await operator(env, 'checkpoints', 'set', '--partition', '0', '--to', 'earliest', '--yes');
    expect(moved).toMatchObject({ code: 1, stderr: expect.stringContaining('Stop every ingester first') });
    expect(await operator(env, 'schema', 'apply', '--analytics')).toMatchObject({ code: 0, stderr: '' });
  });

  it('lets nobody but the owner of the file connect', async () => {
    expect((await stat(`${scenario.duckdbPath}.sock`)).mode & 0o777).toBe(0o600);
  });

  it('prints the same with the service and, after it has stopped, without it', async () => {
    const commands = [
      ['dead-letters', 'list', '--status', 'all'],
      ['dead-letters', 'list', '--status', 'all', '--by', 'hour,producer', '--json'],
      ['dead-letters', 'show', id(1)],
      ['dead-letters', 'export', '--status', 'all'],
      ['checkpoints', 'list', '--json'],
      ['verify', '--deep'],
      [
        'sql',
        'SELECT EVENT_TYPE, CUSTOMER_ID, EVENT_CONTENT FROM RAW_EVENTS_STREAM ORDER BY ALL; SHOW TABLES',
      ],
      ['sql', '--format', 'json', 'SELECT * FROM INGESTION_CHECKPOINTS'],
    ];
    const outputs = async () => {
      const answers = [];
      for (const command of commands) answers.push(await operator(env, ...command));
      return answers;
    };
    const beside = await outputs();
    expect(beside.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      commands.map(() => ({ code: 0, stderr: '' })),
    );
    expect(await builtOperator(env, ...(commands[0] ?? []))).toEqual(beside[0]);

    expect(await service.stop()).toBe(0);

    expect(await outputs()).toEqual(beside);
  });
});
