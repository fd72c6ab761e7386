import { EventEmitter } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { runOperator } from '#apps/operator';
import { readLocalRun } from '#command-line';
import { runService } from '#testing';
import { BOOTSTRAP } from './support/scenario.js';

describe('npm start -- --events N', () => {
  let folder: string;
  let given: Record<string, string> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'local-run-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  async function start(...args: string[]): Promise<{ code: number | null; output: string }> {
    const env = { KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP, ...given };
    const run = runService('dist/apps/local/src/main.js', env, { args: ['--folder', folder, ...args] });
    const { code } = await run.exited;
    return { code, output: run.lines.join('\n') };
  }

  it('produces that many, stores them, and exits with 0 because the ledger adds up', async () => {
    const { code, output } = await start('--events', '2000');
    expect(output).toMatch(/It adds up: 2,000 produced = 1,9\d\d stored \+ \d+ dead letters\./);
    expect(output).toMatch(/produced 2,000 \([1-9][\d,]*\/s\)/);
    expect(code).toBe(0);
  });

  it('continues where the previous run ended', async () => {
    const { code, output } = await start('--events', '1000');
    expect(output).toMatch(/^ *produced +1,000 +3,000$/m);
    expect(output).toMatch(/^ *archived +1,000 +3,000$/m);
    expect(code).toBe(0);
  });

  it('does not continue if the warehouse is missing, and reports where the ledger begins once that is accepted', async () => {
    const [data = ''] = (await readdir(folder)).filter((name) => name.startsWith('data'));
    await rm(join(folder, data, 'warehouse.duckdb'));
    const held = await start('--events', '100');
    expect(held.output).toMatch(/has stopped reading: .*NO_CHECKPOINT.*MISSING_CHECKPOINTS=accept-gap/);
    expect(held.code).toBe(1);

    given = { MISSING_CHECKPOINTS: 'accept-gap' };
    const { code, output } = await start('--events', '100');
    expect(output).toMatch(/✓ It adds up from where the ledger begins/);
    expect(output).toMatch(/^ *3,000 messages before it are in Kafka and not in this ledger:$/m);
    expect(code).toBe(0);
    given = {};
  });

  /** Runs the operator without any setting, as in a shell in the repository. */
  async function operator(...args: string[]) {
    let stdout = '';
    let stderr = '';
    const collecting = (add: (text: string) => void) =>
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          add(chunk.toString());
          done();
        },
      });
    const code = await runOperator(args, {
      env: {},
      stdout: collecting((text) => (stdout += text)),
      stderr: collecting((text) => (stderr += text)),
      signals: new EventEmitter(),
      findLocalRun: () => readLocalRun(join(folder, 'last-run.json')),
    });
    return { code, stdout, stderr };
  }

  it('serves every URL that it prints, lets the operator find it, and exits with 0 at Ctrl-C', async () => {
    const env = { KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP };
    const run = runService('dist/apps/local/src/main.js', env, { args: ['--folder', folder] });
    await run.waitForLine('produced', { timeoutMs: 60_000 });
    const addresses = run.lines.flatMap((line) => /^ *(Page|Health|Metrics) +(http\S*)/.exec(line) ?? []);
    const answers = addresses.filter((text) => text.startsWith('http')).map((url) => fetch(url));
    const texts = await Promise.all(answers.map(async (answer) => (await answer).text()));
    expect(texts).toEqual([
      expect.stringContaining('<!doctype html>'),
      expect.stringContaining('"ingestion"'),
      expect.stringContaining('kafka_lag'),
    ]);
    const tables = await operator('sql', 'SHOW TABLES');
    expect(tables).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Using npm start \(process \d+\)/),
    });
    expect(await operator('dead-letters', 'list')).toMatchObject({ code: 0 });

    expect(await run.stop('SIGINT')).toEqual({ code: 0, signal: null });

    const afterwards = await operator('sql', 'SHOW TABLES');
    expect(afterwards).toMatchObject({ code: 0, stdout: tables.stdout });
    expect(afterwards.stderr).toContain('It has ended: its tables can be read');
  });
});
