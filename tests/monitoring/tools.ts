import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';

export const MONITORING = join(REPOSITORY_ROOT, 'monitoring');

type Tool = 'promtool' | 'amtool' | 'prometheus' | 'prometheus-alertmanager' | 'prlimit';

/**
 * `describe` where all of these tools are installed; else what is left out is said in one line, and skipped. Where
 * continuous integration runs nothing may be left out: then the tests run, and fail for want of the tool.
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

/** What a tool answers; `output` is everything that it writes. */
export function run(tool: Tool, args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { cwd: MONITORING, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, output: stdout + stderr };
}
