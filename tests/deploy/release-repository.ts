import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { outputOf } from './tools.js';

/** A repository of its own with the files of this one and nothing unreleased, so that it can be released. */
export function releaseRepository(folder: string): void {
  const files = outputOf('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], {
    cwd: REPOSITORY_ROOT,
  });
  for (const file of files.trimEnd().split('\n')) cpSync(join(REPOSITORY_ROOT, file), join(folder, file));
  cpSync(join(REPOSITORY_ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
  symlinkSync(join(REPOSITORY_ROOT, 'node_modules'), join(folder, 'node_modules'));
  edit(folder, 'CHANGELOG.md', (text) => text.replace(/(?<=\[Unreleased\]\n)[^]*?(?=^## \[\d)/m, '\n'));
  inGit(folder, 'init', '--quiet', '--initial-branch=main');
  writeFileSync(join(folder, '.git/info/exclude'), 'node_modules\n');
  inGit(folder, 'add', '--all');
  inGit(folder, 'commit', '--quiet', '--message', 'a state');
}

/** Runs git as somebody who may commit, and returns its output. */
export function inGit(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  return outputOf('git', [...identity, ...args], { cwd: folder });
}

/** Changes a file, which must change it. */
export function edit(folder: string, path: string, change: (text: string) => string): void {
  const text = readFileSync(join(folder, path), 'utf8');
  expect(change(text)).not.toBe(text);
  writeFileSync(join(folder, path), change(text));
}
