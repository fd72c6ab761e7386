import { spawnSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Scenario } from '../support/scenario.js';
import { answerOf, environmentOf, operator, OPERATOR } from './operator.js';

const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e',
  customer_id: 5,
  product_id: 1000,
  quantity: 2,
  source_service: 'web-shop',
};

/** One message of each kind, all to partition 0, so that each offset is the index in this list. */
const MESSAGES = [
  { value: JSON.stringify(ORDER) },
  { value: JSON.stringify({ ...ORDER, customer_id: 'five', quantity: undefined }), key: 'line-1' },
  { value: JSON.stringify({ ...ORDER, quantity: 0, source_service: 'till' }) },
  { value: '{"event_type": "ORDER_CREATED",, "note": "\u001b[31mred\u001b[0m"}' },
  {
    value: Buffer.from([0xff, 0x00, 0x41]),
    headers: { source_service: 'scanner', raw: Buffer.from([0xfe]) },
  },
  { value: '[1, 2]' },
];

describe('dead letters', () => {
  let scenario: Scenario;
  let env: Record<string, string>;
  const id = (offset: number) => `${scenario.topic}-0@${offset}`;

  beforeAll(async () => {
    scenario = await Scenario.create('operator');
    env = environmentOf(scenario);
    await scenario.produce(MESSAGES);
    const ingester = await scenario.startIngester();
    await scenario.untilSettled(ingester);
    await ingester.untilMetric('dlq_messages_total', 5);
    expect(await ingester.stop()).toBe(0);
  });
  afterAll(() => scenario.cleanUp());

  it('are counted by kind, with the newest of each', async () => {
    const { stdout, code } = await operator(env, 'dead-letters', 'list');

    expect(code).toBe(0);
    const [counts, , titles, ...rows] = stdout.trimEnd().split('\n');
    expect(counts).toBe('5 dead letters: 5 open, 0 redriven, 0 stored, 0 resolved');
    expect(titles).toMatch(/^COUNT {2}TYPE +EVENT TYPE +FIELD +PRODUCER +FIRST +LAST +NEWEST$/);
    const cells = rows.map((row) => row.trim().split(/ {2,}/));
    expect(
      cells.map(([count, type, eventType, field, producer]) => [count, type, eventType, field, producer]),
    ).toEqual(
      expect.arrayContaining([
        ['1', 'invalid_schema', 'ORDER_CREATED', 'customer_id', 'web-shop'],
        ['1', 'invalid_schema', 'ORDER_CREATED', 'quantity', 'web-shop'],
        ['1', 'invalid_schema', 'ORDER_CREATED', 'quantity', 'till'],
        ['1', 'json_decode', '-', '-', '-'],
        ['1', 'json_decode', '-', '-', 'scanner'],
        ['1', 'not_an_object', '-', '-', '-'],
      ]),
    );
    expect(cells.find(([, , , , producer]) => producer === 'till')?.at(-1)).toBe(id(2));
  });

  it('are counted by other groupings, as JSON', async () => {
    const list = await answerOf<{ counts: object; by: string[]; groups: Record<string, unknown>[] }>(
      env,
      ...['dead-letters', 'list', '--by', 'type,hour', '--type', 'invalid_schema'],
    );

    expect(list).toMatchObject({ counts: { open: 2, stored: 0 }, by: ['type', 'hour'] });
    expect(list.groups.reduce((sum, { count }) => sum + Number(count), 0)).toBe(2);
    // Two groups if the hour ends between the two letters.
    expect(list.groups).toContainEqual(
      expect.objectContaining({
        type: 'invalid_schema',
        hour: expect.stringMatching(/:00:00\.000Z$/),
        firstFailedAt: expect.stringMatching(/Z$/),
        // Both may have failed in the same millisecond.
        last: expect.stringMatching(/@[12]$/),
      }),
    );
  });

  it('are reported in words if there are none', async () => {
    const { stdout } = await operator(env, 'dead-letters', 'list', '--field', 'colour');
    const stored = await operator(env, 'dead-letters', 'list', '--status', 'stored,resolved');
    const redriven = await operator(env, 'dead-letters', 'redrive', '--field', 'colour');

    expect(stdout).toBe('No dead letters\n');
    expect(stored.stdout).toMatch(/^5 dead letters: .*\nNone of them is stored or resolved; --status all /);
    expect(redriven).toMatchObject({ code: 0, stdout: expect.stringMatching(/^No dead letters/) });
  });

  it('are filtered by every option', async () => {
    const count = async (...options: string[]) =>
      (await answerOf<{ counts: { open: number } }>(env, 'dead-letters', 'list', ...options)).counts.open;

    expect(await count('--event-type', 'ORDER_CREATED', '--field', 'quantity', '--producer', 'till')).toBe(1);
    expect(
      await count('--topic', scenario.topic, '--partition', '0', '--offset', '2-4', '--since', '1h'),
    ).toBe(3);
    expect(await count('--until', '1h')).toBe(0);
  });

  it('are shown with each fault beside the found value', async () => {
    const { stdout } = await operator(env, 'dead-letters', 'show', id(1));

    expect(stdout).toContain(`${id(1)}  invalid_schema  open`);
    expect(stdout).toMatch(/customer_id +an integer.* +string "five"/);
    expect(stdout).toMatch(/quantity +an integer of at least 1.* +absent/);
    expect(stdout).toMatch(/Key +line-1/);
    expect(stdout).toContain('"source_service":"web-shop"');
  });

  it('are shown with the position of a JSON error, without control characters', async () => {
    const { stdout } = await operator({ ...env, FORCE_COLOR: '0' }, 'dead-letters', 'show', id(3));

    const lines = stdout.split('\n');
    const excerpt = lines.findIndex((line) => line.includes('line 1, column 32')) + 1;
    expect(lines[excerpt]?.[lines[excerpt + 1]?.indexOf('^') ?? -1]).toBe(',');
    expect(stdout).toContain('\\u{1b}[31mred');
    expect(stdout).not.toContain('\u001b');
  });

  it('are shown as hex if the value is not text', async () => {
    const { stdout } = await operator(env, 'dead-letters', 'show', id(4));
    expect(stdout).toMatch(/00000000 {2}ff 00 41 +\.\.A/);
    expect(stdout).toContain('raw: 0xfe');
  });

  it('are exported byte for byte as JSON lines, to standard output or a new file', async () => {
    const path = join(scenario.folder, 'letters.ndjson');
    const { stdout } = await operator(env, 'dead-letters', 'export');
    const written = await operator(env, 'dead-letters', 'export', '--output', path);
    const again = await operator(env, 'dead-letters', 'export', '--output', path);

    const letters = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Exported);
    expect(letters.map((letter) => letter.id)).toEqual([1, 2, 3, 4, 5].map(id));
    expect(
      letters.map(({ value }) =>
        Buffer.from(value.text ?? value.base64 ?? '', value.text === undefined ? 'base64' : 'utf8'),
      ),
    ).toEqual(MESSAGES.slice(1).map(({ value }) => Buffer.from(value)));
    expect(letters[3]).toMatchObject({
      errorType: 'json_decode',
      attempt: 1,
      headers: [
        { name: 'source_service', text: 'scanner' },
        { name: 'raw', base64: '/g==' },
      ],
    });
    expect(written.code).toBe(0);
    expect(await readFile(path, 'utf8')).toBe(stdout);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(again.code).toBe(1);
    expect(again.stderr).toBe(
      `The file ${path} already exists. Remove it, or choose another name for --output.\n`,
    );
  });

  it('are exported without an error if the reader closes the pipe', async () => {
    const pipe = `set -o pipefail; "${process.execPath}" ${OPERATOR} dead-letters export | true`;
    const { status, stderr } = spawnSync('bash', ['--norc', '-c', pipe], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...env },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('are resolved with a reason', async () => {
    const refused = await operator(env, 'dead-letters', 'resolve', '--reason', 'a test');
    const tried = await answerOf(
      env,
      'dead-letters',
      'resolve',
      '--type',
      'not_an_object',
      '--reason',
      'x',
      '--dry-run',
    );
    const resolved = await answerOf(env, 'dead-letters', 'resolve', id(5), '--reason', "the shop's own test");
    const again = await answerOf(env, 'dead-letters', 'resolve', id(5), '--reason', 'again');
    const unknown = await operator(env, 'dead-letters', 'resolve', id(0), '--reason', 'stored');

    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No dead letters are selected'),
    });
    expect(tried).toEqual({ chosen: 1, resolved: 0 });
    expect(resolved).toEqual({ chosen: 1, resolved: 1 });
    expect(again).toEqual({ chosen: 0, resolved: 0 });
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining(`no dead letter ${id(0)}`) });
    const [letter] = await answerOf<Exported[]>(env, 'dead-letters', 'show', id(5)).then((one) =>
      [one].flat(),
    );
    expect(letter).toMatchObject({ status: 'resolved', resolution: "the shop's own test" });
    expect((await answerOf<{ counts: object }>(env, 'dead-letters', 'list')).counts).toMatchObject({
      open: 4,
      resolved: 1,
    });
  });
});

describe('the operator reports', () => {
  const CASES = [
    ['an unknown command', ['dead-letters', 'lst'], 2, "unknown command 'lst'"],
    ['no command', ['dead-letters'], 2, 'Commands:'],
    ['an unknown option', ['dead-letters', 'list', '--tpye', 'x'], 2, "unknown option '--tpye'"],
    ['too many arguments', ['dead-letters', 'list', 'x'], 2, 'too many arguments'],
    ['an invalid time', ['dead-letters', 'list', '--since', 'noon'], 2, '--since is "noon"'],
    ['an invalid id', ['dead-letters', 'show', 'sales_events'], 2, 'topic-partition@offset'],
    ['a missing reason', ['dead-letters', 'resolve', '--all'], 2, '--reason'],
    ['a missing file', ['dead-letters', 'list'], 1, 'There is no DuckDB file /nowhere/file.duckdb'],
  ] as const;

  it.each(CASES)('%s', async (_what, args, code, message) => {
    const answer = await operator({ WAREHOUSE: 'duckdb', DUCKDB_PATH: '/nowhere/file.duckdb' }, ...args);
    expect(answer).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
    expect(answer.stderr).not.toMatch(/^ +at /m);
  });

  it('all problems of a configuration', async () => {
    const answer = await operator({ WAREHOUSE: 'duckdb', KAFKA_GROUP_ID: 'x' }, 'dead-letters', 'list');
    expect(answer).toMatchObject({ code: 78, stdout: '', stderr: expect.stringContaining('DUCKDB_PATH') });
  });

  it('nothing if help is requested without any configuration', async () => {
    const answer = await operator({}, 'dead-letters', 'list', '--help');
    expect(answer).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('--event-type') });
  });
});

interface Exported {
  id: string;
  value: { text?: string; base64?: string };
}
