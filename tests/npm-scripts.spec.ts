import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, REPOSITORY_ROOT } from '#testing';

describe('npm start and npm test', () => {
  const script = join(REPOSITORY_ROOT, 'tools/platform.mjs');

  /** What the script before them does on a platform. */
  function on(platform: string, event: string): { status: number | null; stderr: string } {
    const override = `Object.defineProperty(process, 'platform', { value: '${platform}' })`;
    const args = ['--import', `data:text/javascript,${encodeURIComponent(override)}`, script];
    return spawnSync(process.execPath, args, { encoding: 'utf8', env: { npm_lifecycle_event: event } });
  }

  it.each(['prestart', 'pretest'])('say on Windows what to do, and do not begin (%s)', async (event) => {
    expect(on('win32', event)).toMatchObject({ status: 1, stderr: expect.stringContaining('wsl --install') });
    const text = await readFile(join(REPOSITORY_ROOT, 'package.json'), 'utf8');
    // Without `exec`, which Windows does not know.
    expect(JSON.parse(text)).toHaveProperty(`scripts.${event}`, 'node tools/platform.mjs');
  });

  it('say on macOS that some tests need Linux, and nothing on Linux', () => {
    expect(on('darwin', 'pretest')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('test:unit'),
    });
    expect(on('darwin', 'prestart')).toMatchObject({ status: 0, stderr: '' });
    expect(on('linux', 'pretest')).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('a signal to npm', () => {
  it('reaches the command of every script, as no shell stands between them', async () => {
    const text = await readFile(join(REPOSITORY_ROOT, 'package.json'), 'utf8');
    const { scripts } = JSON.parse(text) as { scripts: Record<string, string> };
    const others = Object.entries(scripts).filter(
      ([name, script]) =>
        (!name.startsWith('pre') && !/^(\w+=\S+ )?exec /.test(script)) || / (&&|;|\|\|) /.test(script),
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
