import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutant.js';

const COPIED = [
  'docs',
  'libs',
  'tests',
  'tools',
  'package.json',
  'tsconfig.json',
  '.swcrc',
  'jest.config.ts',
  'jest.setup.ts',
  'jest.timeout.ts',
];

/** A copy of the sources for specs, from which one rule of the product is removed at a time. */
export class MutatedSources {
  /** Specs that pass on the original sources. */
  readonly #passing = new Set<string>();

  private constructor(private readonly folder: string) {}

  static async make(): Promise<MutatedSources> {
    const folder = await mkdtemp(join(tmpdir(), 'specs-mutant-'));
    for (const path of COPIED) await cp(path, join(folder, path), { recursive: true });
    await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
    return new MutatedSources(folder);
  }

  /**
   * Runs the mutant's specs.
   *
   * @returns the first failed test; null if all pass
   * @throws Error if a test fails without the mutant
   */
  async firstFailure({ file, text, by, specs = '' }: Mutant): Promise<string | null> {
    await this.#requirePassing(specs);
    const path = join(this.folder, file);
    const source = await readFile(path, 'utf8');
    await writeFile(
      path,
      source.replace(text, () => by),
    );
    try {
      return await this.#run(specs);
    } finally {
      await writeFile(path, source);
    }
  }

  async #requirePassing(specs: string): Promise<void> {
    if (this.#passing.has(specs)) return;
    const failed = await this.#run(specs);
    if (failed !== null) throw new Error(`${specs} fails without any mutant: ${failed}`);
    this.#passing.add(specs);
  }

  async #run(specs: string): Promise<string | null> {
    const { code, output } = await this.#jest(specs);
    if (code === 0) return null;
    const failed = /● .+ › .+/.exec(output)?.[0];
    if (failed === undefined) throw new Error(`${specs} did not run: ${output.slice(-1000)}`);
    return failed;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  #jest(specs: string): Promise<{ code: number | null; output: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; output: string }>();
    const args = [
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--bail',
      '--runInBand',
      '--selectProjects',
      'unit',
      'engines',
      '--',
      specs,
    ];
    const child = spawn(process.execPath, args, { cwd: this.folder });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, output });
    });
    return promise;
  }
}
