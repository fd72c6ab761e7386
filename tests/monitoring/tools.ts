import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';

export const MONITORING = join(REPOSITORY_ROOT, 'monitoring');

type Tool = 'promtool' | 'amtool' | 'prometheus' | 'prometheus-alertmanager' | 'prlimit';

/**
 * `describe` if all of these tools are installed; otherwise skips the tests with one line of explanation. In continuous
 * integration nothing may be skipped: the tests run, and fail without the tool.
 */
export function describeWith(tools: Tool[], title: string, tests: () => void): void {
  const missing = tools.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
  const mayBeLeftOut = ['', 'false', undefined].includes(process.env['CI']);
  if (missing.length === 0 || !mayBeLeftOut) {
    describe(title, tests);
    return;
  }
  process.stderr.write(`left out: ${title} (needs prometheus: ${missing.join(', ')})\n`);
  describe.skip(title, tests);
}

/** The result of a tool; `output` is everything that it prints. */
export function run(tool: Tool, args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { cwd: MONITORING, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, output: stdout + stderr };
}
