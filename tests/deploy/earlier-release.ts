import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';

/** The commit that was released under this version. */
export const RELEASE = { version: '1.0.0', commit: 'a6eb31904f3e8a73c4c40f35561a215803e46aa1' };

/** Whether this clone has the release's commit; prints one line if not. */
export function hasRelease(): boolean {
  const { status } = spawnSync('git', ['cat-file', '-e', `${RELEASE.commit}^{commit}`], {
    cwd: REPOSITORY_ROOT,
  });
  if (status === 0) return true;
  process.stderr.write(
    `left out: the upgrade from ${RELEASE.version}: commit ${RELEASE.commit} is not in this clone (git fetch --unshallow gets it)\n`,
  );
  return false;
}

/** Builds the release with its own dependencies, once. Returns its root. */
export function buildRelease(): string {
  const root = join(REPOSITORY_ROOT, `.local/release-${RELEASE.version}`);
  const complete = join(root, 'complete');
  if (existsSync(complete)) return root;
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const sources = execFileSync('git', ['archive', RELEASE.commit], {
    cwd: REPOSITORY_ROOT,
    maxBuffer: 256 * 1024 * 1024,
  });
  execFileSync('tar', ['x'], { cwd: root, input: sources });
  // The compiler of this version builds it, and needs no types.
  const modules = join(root, 'node_modules');
  symlinkSync(join(REPOSITORY_ROOT, 'node_modules'), modules);
  execFileSync(process.execPath, [join(modules, '@nestjs/cli/bin/nest.js'), 'build'], { cwd: root });
  rmSync(modules);
  execFileSync('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund', '--silent'], { cwd: root });
  writeFileSync(complete, '');
  return root;
}
