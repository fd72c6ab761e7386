import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '#testing';

const MAIN = 'dist/libs/simulation/src/main.js';
const FOUND = 'libs/simulation/found';
/** This many worlds take about 20 s on one core. */
const WORLDS = 40;

/** @returns the output of the command. Rejects with it if a promise was broken. */
async function simulate(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], { cwd: REPOSITORY_ROOT });
  return stdout;
}

describe('simulated worlds', () => {
  it('keep every promise', async () => {
    const told = await simulate(
      '--seed',
      '1',
      '--seeds',
      String(WORLDS),
      '--minutes',
      '2',
      '--tolerate',
      'open',
    );
    expect(told).toContain(`${WORLDS} worlds, 0 of them broken`);
  });

  it.each([
    ['the Snowflake adapter', 'snowflake', '1'],
    ['the adapter of Snowpipe Streaming', 'streaming', '4'],
  ])('keep every promise with %s', async (_name, warehouse, seed) => {
    const told = await simulate(
      ...['--warehouse', warehouse, '--seed', seed, '--seeds', '3', '--minutes', '1', '--tolerate', 'open'],
    );
    expect(told).toContain('3 worlds, 0 of them broken');
  });

  it('are identical for the same seed, to the last line', async () => {
    const run = () => simulate('--seed', '11', '--minutes', '1', '--tolerate', 'open', '--print');
    const first = await run();
    expect(first.split('\n').length).toBeGreaterThan(100);
    await expect(run()).resolves.toBe(first);
  });

  it.each(readdirSync(join(REPOSITORY_ROOT, FOUND)).map((file) => basename(file, '.json')))(
    'do not reproduce a fixed fault: %s',
    async (name) => {
      const told = await simulate('--plan', join(FOUND, `${name}.json`), '--tolerate', 'open');
      expect(told).toContain('kept');
    },
  );
});
