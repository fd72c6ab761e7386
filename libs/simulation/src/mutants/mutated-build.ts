import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from '@swc/core';
import type { Mutant } from './mutant.js';

/** A copy of the build, from which one rule of the product is removed at a time. */
export class MutatedBuild {
  private constructor(readonly folder: string) {}

  static async make(): Promise<MutatedBuild> {
    const folder = await mkdtemp(join(tmpdir(), 'simulation-mutant-'));
    await cp('dist', join(folder, 'dist'), { recursive: true });
    await cp('package.json', join(folder, 'package.json'));
    await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
    return new MutatedBuild(folder);
  }

  get main(): string {
    return join(this.folder, 'dist/libs/simulation/src/main.js');
  }

  /** @returns a function that restores the rule. @throws Error unless the source has the text exactly once */
  async apply({ name, file, text, by }: Mutant): Promise<() => Promise<void>> {
    const source = await readFile(file, 'utf8');
    const found = source.split(text).length - 1;
    if (found !== 1)
      throw new Error(`the mutant ${name}: ${file} has its text ${found} times instead of once`);
    const { code } = await transform(
      source.replace(text, () => by),
      { filename: file, configFile: '.swcrc' },
    );
    const built = join(this.folder, 'dist', file.replace(/\.ts$/, '.js'));
    const original = await readFile(built, 'utf8');
    await writeFile(built, code);
    return () => writeFile(built, original);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
