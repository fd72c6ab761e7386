import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from '@swc/core';
import type { Mutant } from './mutant.js';

/** A copy of the build in a folder of its own, in which one rule of the product is taken out. */
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

  /** @returns puts the rule back. @throws Error where the source no longer has the text, or has it twice */
  async apply({ name, file, text, by }: Mutant): Promise<() => Promise<void>> {
    const source = await readFile(file, 'utf8');
    const found = source.split(text).length - 1;
    if (found !== 1)
      throw new Error(`the mutant ${name}: ${file} has its text ${found} times, and once is needed`);
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
