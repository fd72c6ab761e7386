import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, REPOSITORY_ROOT } from '#testing';

describe('a signal to npm', () => {
  it('reaches the command of every script, as no shell stands between them', async () => {
    const text = await readFile(join(REPOSITORY_ROOT, 'package.json'), 'utf8');
    const { scripts } = JSON.parse(text) as { scripts: Record<string, string> };
    const others = Object.entries(scripts).filter(
      ([, script]) => !/^(\w+=\S+ )?exec /.test(script) || / (&&|;|\|\|) /.test(script),
    );
    expect(others).toEqual([]);
  });

  it('ends a service as a signal to the service does', async () => {
    const npm = spawn('npm', ['run', '-s', 'ingester'], {
      cwd: REPOSITORY_ROOT,
      env: {
        PATH: process.env['PATH'],
        KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1',
        WAREHOUSE: 'duckdb',
        DUCKDB_PATH: ':memory:',
        METRICS_PORT: String(await freePort()),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(npm, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface({ input: npm.stdout })) {
      if (lines.push(line) === 1) npm.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
    expect(lines.at(-1)).toContain('Stopped');
  });
});
