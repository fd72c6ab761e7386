import { EventEmitter } from 'node:events';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import type { DeadLetter } from '#pipeline';
import { batch, DuckDbWarehouse, GROUP, letter, range, TOPIC } from '#testing/warehouse-contract';
import { runOperator } from '../../run-operator.js';

const LINE_ID = '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3e';
const OTHER_ID = '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a3f';
const ORDER = {
  event_type: 'ORDER_CREATED',
  order_line_id: LINE_ID,
  customer_id: 5,
  product_id: 1000,
  quantity: 2,
};

function failed(offset: number, value: string | Buffer, over: Partial<DeadLetter['message']> = {}) {
  const given = letter(offset);
  return {
    ...given,
    message: { ...given.message, value: Buffer.from(value), key: Buffer.from('k'), ...over },
  };
}

const LETTERS = [
  failed(0, JSON.stringify({ ...ORDER, customer_id: 'five' })),
  failed(1, '{"event_type": "ORDER_CREATED",, "quantity": 2}'),
  failed(2, JSON.stringify({ ...ORDER, order_line_id: OTHER_ID, customer_id: null })),
  failed(3, Buffer.from([0xff]), { timestampMs: 1_700_000_000_123_456_789n }),
  failed(4, ''),
  failed(5, ''),
];

const id = (offset: number) => `${TOPIC}-0@${offset}`;

interface Line {
  id: string;
  offset: number;
  timestampMs?: number | string;
  value: { text?: string; base64?: string } | null;
  key: unknown;
}

interface Trial {
  sent: number;
  letters: { id: string; outcome: string; why?: string; rejection: string | null; changes: object[] }[];
}

describe('a repair', () => {
  let warehouse: DuckDbWarehouse;
  let exported: Line[];

  beforeAll(async () => {
    warehouse = await DuckDbWarehouse.start();
    const repository = warehouse.repository(GROUP);
    expect(await repository.open()).toEqual([]);
    await repository.claim([{ topic: TOPIC, partition: 0, startOffset: 0 }]);
    const ranges = [range(0, LETTERS.length, { deadLettered: LETTERS.length })];
    expect(await repository.write(batch({ deadLetters: LETTERS, ranges }))).toMatchObject({ kind: 'stored' });
    await repository.close();
    const { stdout } = await run(['export']);
    exported = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(exported).toHaveLength(LETTERS.length);
  });
  afterAll(() => warehouse.close());

  async function run(args: string[], { isTTY = false, env = {} } = {}) {
    const answer = { stdout: '', stderr: '', code: -1 };
    const into = (name: 'stdout' | 'stderr') =>
      Object.assign(
        new Writable({
          write: (chunk: Buffer, _encoding, done) => {
            answer[name] += chunk.toString();
            done();
          },
        }),
        { isTTY: isTTY && name === 'stdout' },
      );
    answer.code = await runOperator(['dead-letters', ...args], {
      env: {
        KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1',
        KAFKA_TOPIC_NAME: TOPIC,
        WAREHOUSE: 'duckdb',
        DUCKDB_PATH: warehouse.path,
        ...env,
      },
      stdin: { isTTY },
      stdout: into('stdout'),
      stderr: into('stderr'),
      signals: new EventEmitter(),
    });
    return answer;
  }

  function inFolder(name: string): string {
    return join(dirname(warehouse.path), name);
  }

  let files = 0;
  /** Writes these lines, and tries what a redrive of the file would do. */
  async function tried(lines: (Partial<Line> | string)[], ...args: string[]) {
    const path = inFolder(`edited-${(files += 1)}.ndjson`);
    await writeFile(
      path,
      lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
    );
    return run(['redrive', '--from-file', path, '--dry-run', ...args]);
  }

  function mended(offset: number, over: object = {}): Line {
    const line = exported.find((each) => each.offset === offset);
    if (line === undefined) throw new Error(`no letter ${offset}`);
    const ids = [LINE_ID, '0b3d0f54-9a43-4e54-8b73-2a1d6f6f4a30', OTHER_ID];
    return {
      ...line,
      value: { text: JSON.stringify({ ...ORDER, order_line_id: ids[offset] ?? LINE_ID, ...over }) },
    };
  }

  describe('from a file', () => {
    it('takes the value of each line, also for a letter that was not JSON, and validates it as the service does', async () => {
      const { stdout, code } = await tried(
        [mended(0), '', mended(1), { ...mended(2, { quantity: 0 }) }, exported[3] ?? ''],
        '--json',
      );
      expect(code).toBe(0);
      const { sent, letters } = JSON.parse(stdout) as Trial;
      expect(sent).toBe(2);
      expect(letters).toEqual([
        {
          id: id(0),
          outcome: 'send',
          changes: [{ field: 'customer_id', before: '"five"', after: '5' }],
          rejection: null,
        },
        expect.objectContaining({ id: id(1), outcome: 'send', rejection: null }),
        expect.objectContaining({
          id: id(2),
          outcome: 'left-out',
          why: 'would-fail-again',
          rejection: expect.stringContaining('quantity') as string,
        }),
        expect.objectContaining({ id: id(3), why: 'unchanged' }),
      ]);
    });

    it('lists before and after of each letter, without colours where there is no terminal', async () => {
      const { stdout } = await tried([mended(0), mended(2, { quantity: 0 })]);
      expect(stdout).toBe(
        [
          `${id(0)}  would be sent`,
          '  - customer_id: "five"',
          '  + customer_id: 5',
          '',
          `${id(2)}  would be a dead letter again`,
          '  - customer_id: null',
          '  + customer_id: 5',
          '  - quantity: 2',
          '  + quantity: 0',
          '  ORDER_CREATED with 1 faulty field: quantity (number; expected an integer of at least 1).',
          '',
          '1 would be sent',
          `1 left out: would fail again; --set, --from-file and --edit change the event, --force sends them anyway (${id(2)})`,
          '',
        ].join('\n'),
      );
    });

    it('names every faulty line by its number, and does nothing', async () => {
      const [first] = exported;
      const { stdout, stderr, code } = await tried([
        mended(0),
        '{"id": "sales_events-0@1",',
        '',
        { ...mended(1), id: id(77), offset: 77 },
        { ...mended(1), offset: 2 },
        { ...mended(2), timestampMs: 5 },
        mended(0),
        { ...mended(2), key: { text: 'other' } },
        { ...mended(2), value: { text: '\ud800' } },
        { ...mended(2), value: { base64: '*' } },
        '[1]',
        '{"value": {"text": "{}"}}',
        { id: 'sales_events' },
        ...(first === undefined ? [] : [{ ...first, timestampMs: 'now' }]),
      ]);
      expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
      const lines = stderr.trimEnd().split('\n');
      expect(lines[0]).toMatch(/^Nothing was sent: .*edited-\d+\.ndjson has 12 faulty lines\.$/);
      expect(lines.slice(1).map((line) => line.trim())).toEqual([
        'line 2: it is not JSON; expected one dead letter a line, as export writes them (jq -c)',
        `line 4: there is no dead letter ${id(77)} with timestampMs 1700000000001`,
        `line 5: its id is ${id(1)}, but topic, partition and offset say ${id(2)}`,
        `line 6: there is no dead letter ${id(2)} with timestampMs 5`,
        `line 7: ${id(0)} is in line 1, too`,
        'line 8: key cannot be changed, only the value: the message keeps its partition and its origin',
        'line 9: the text of its "value" has a lone surrogate, which UTF-8 cannot hold',
        'line 10: its "value" is not {"text": "..."} or {"base64": "..."}',
        'line 11: it is not a JSON object',
        'line 12: it has no "id", such as "sales_events-3@1042"',
        'line 13: "sales_events" is not an id; expected topic-partition@offset, such as sales_events-3@1042.',
        'line 14: its "timestampMs" is not a whole number',
      ]);
    });

    it('accepts a line with nothing but the id and the value', async () => {
      const { stdout } = await tried(
        [
          { id: id(1), value: { text: JSON.stringify(ORDER) } },
          {
            id: id(3),
            value: {
              base64: Buffer.from(JSON.stringify({ ...ORDER, order_line_id: OTHER_ID })).toString('base64'),
            },
          },
        ],
        '--json',
      );
      expect(JSON.parse(stdout)).toMatchObject({ sent: 2 });
    });

    it('refuses an edit that makes two letters one event, unless that is confirmed', async () => {
      const lines = [mended(0), mended(2, { order_line_id: LINE_ID.toUpperCase() })];
      expect(await tried(lines)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(
          `${id(0)} and ${id(2)} would both be ORDER_CREATED ${LINE_ID}`,
        ) as string,
      });
      expect(JSON.parse((await tried(lines, '--allow-equal-ids', '--json')).stdout)).toMatchObject({
        sent: 2,
      });
    });

    it('says when the file cannot be read, is empty, or comes with another selection', async () => {
      expect(await run(['redrive', '--from-file', inFolder('none')])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('The file cannot be read: ENOENT') as string,
      });
      expect(await tried([])).toMatchObject({ code: 0, stdout: 'No dead letters match.\n' });
      for (const more of [['--all'], [id(0)], ['--set', 'a=1'], ['--from', 'topic'], ['--edit', id(0)]]) {
        expect(await tried([mended(0)], ...more)).toMatchObject({ code: 2, stdout: '' });
      }
    });
  });

  describe('with --set', () => {
    it('of the field that identifies events is refused for several letters, unless that is confirmed', async () => {
      const set = [
        'redrive',
        id(0),
        id(2),
        '--set',
        'customer_id=5',
        '--set',
        `order_line_id=${OTHER_ID}`,
        '--dry-run',
      ];
      const refused = await run(set);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain('--allow-equal-ids sends them anyway');
      expect(JSON.parse((await run([...set, '--allow-equal-ids', '--json'])).stdout)).toMatchObject({
        sent: 2,
      });
      expect(JSON.parse((await run([...set.toSpliced(1, 1), '--json'])).stdout)).toMatchObject({ sent: 1 });
    });
  });

  describe('resolving', () => {
    it('is recorded with who did it and why, and shown', async () => {
      const resolve = ['resolve', id(3), '--reason', 'a scanner \u001b[31m'];
      expect(await run([...resolve, '--user', 'anna'])).toMatchObject({ code: 0, stdout: '1 resolved\n' });
      expect((await run(['show', id(3)])).stdout).toMatch(
        /^Actions\n {2}\S+Z resolved by anna \(a scanner \\u\{1b\}\[31m\)\n/m,
      );
      expect(JSON.parse((await run(['show', id(3), '--json'])).stdout)).toMatchObject({
        actions: [{ action: 'resolve', by: 'anna', reason: 'a scanner \u001b[31m', changed: null }],
      });
      expect((await run(['show', id(0)])).stdout).not.toContain('Actions');
    });

    it('names the user of the setting, else of the system', async () => {
      const by = async (offset: number, env: object) => {
        await run(['resolve', id(offset), '--reason', 'tried'], { env });
        const { stdout } = await run(['show', id(offset), '--json']);
        return (JSON.parse(stdout) as { actions: { by: string }[] }).actions.map((action) => action.by);
      };
      expect(await by(4, { OPERATOR_USER: 'on call' })).toEqual(['on call']);
      expect(await by(5, {})).toEqual([userInfo().username]);
      expect(await run(['resolve', id(5), '--reason', 'x', '--user', ' '])).toMatchObject({ code: 2 });
    });
  });

  describe('in the editor', () => {
    /** An editor that records what it sees, and what the file system says about it. */
    async function editorThat(change: string): Promise<string> {
      const path = inFolder(`editor-${(files += 1)}.sh`);
      const seen = inFolder('seen');
      await writeFile(path, `#!/bin/sh\nstat -c '%a' "$1" >"${seen}"\ncat "$1" >>"${seen}"\n${change}\n`);
      await chmod(path, 0o700);
      return path;
    }

    async function leftovers(): Promise<string[]> {
      return (await readdir(tmpdir())).filter((name) => name.startsWith('dead-letter-'));
    }

    const edit = async (change: string, args: string[] = [], offset = 0) =>
      run(['redrive', '--edit', id(offset), '--dry-run', ...args], {
        isTTY: true,
        env: { VISUAL: await editorThat(change), EDITOR: 'false' },
      });

    it('shows the value as it is in a file that only its owner can read, and removes the file', async () => {
      const before = await leftovers();
      const { stdout, code } = await edit(`sed -i 's/"five"/5/' "$1"`, ['--json']);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        sent: 1,
        letters: [{ changes: [{ field: 'customer_id', before: '"five"', after: '5' }], rejection: null }],
      });
      const [mode, ...shown] = (await readFile(inFolder('seen'), 'utf8')).split('\n');
      expect(mode).toBe('600');
      expect(shown.filter((line) => !line.startsWith('#')).join('\n')).toBe(
        `${JSON.stringify({ ...ORDER, customer_id: 'five' })}\n`,
      );
      expect(await leftovers()).toEqual(before);
    });

    it('and in a terminal the change is coloured', async () => {
      const forced = process.env['FORCE_COLOR'];
      delete process.env['FORCE_COLOR'];
      try {
        const { stdout } = await edit(`sed -i 's/"five"/5/' "$1"`);
        expect(stdout).toContain(
          '\u001b[31m  - customer_id: "five"\u001b[39m\n\u001b[32m  + customer_id: 5\u001b[39m',
        );
      } finally {
        if (forced !== undefined) process.env['FORCE_COLOR'] = forced;
      }
    });

    it('opens again with the reason while the service would reject the event', async () => {
      const twice = `if grep -q 'dead letter again' "$1"; then sed -i 's/:null/:5/' "$1"; else sed -i 's/"five"/null/' "$1"; fi`;
      const { stdout, code } = await edit(twice, ['--json']);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ sent: 1 });
      expect(await readFile(inFolder('seen'), 'utf8')).toContain(
        '# It would be a dead letter again. ORDER_CREATED with 1 faulty field: customer_id (null; expected an integer).',
      );
    });

    it('sends nothing if nothing changes, the user gives up, or the editor fails', async () => {
      expect(await edit('true')).toMatchObject({
        code: 0,
        stdout: 'Nothing changed, so nothing was sent.\n',
      });
      expect(await edit(`sed -i 's/"five"/null/' "$1"`)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(
          'would be a dead letter again. ORDER_CREATED with 1 faulty field',
        ) as string,
      });
      expect(await edit(`sed -i 's/"five"/5/' "$1"; exit 3`)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/the editor ".*" ended with 3\./) as string,
      });
      expect(await edit('true', ['--status', 'resolved'], 3)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('its value is not text') as string,
      });
    });

    it('needs a terminal', async () => {
      expect(await run(['redrive', '--edit', id(0)], { env: { EDITOR: 'true' } })).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('--edit needs a terminal') as string,
      });
    });
  });
});
