import { execFile } from 'node:child_process';
import { cp, mkdtemp, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '#testing';

/** The built libraries in a separate folder with all dependencies, one of which is a copy that a test may alter. */
export class AlteredDependency {
  private constructor(
    readonly folder: string,
    private readonly name: string,
  ) {}

  static async of(name: string): Promise<AlteredDependency> {
    const folder = await mkdtemp(join(tmpdir(), 'altered-dependency-'));
    await cp(join(REPOSITORY_ROOT, 'package.json'), join(folder, 'package.json'));
    await cp(join(REPOSITORY_ROOT, 'dist/libs'), join(folder, 'dist/libs'), { recursive: true });
    await mkdir(join(folder, 'node_modules'));
    for (const each of await readdir(join(REPOSITORY_ROOT, 'node_modules'))) {
      const original = join(REPOSITORY_ROOT, 'node_modules', each);
      const copy = join(folder, 'node_modules', each);
      if (each !== name) await symlink(original, copy);
    }
    return new AlteredDependency(folder, name);
  }

  /** Restores the dependency as installed. */
  async restore(): Promise<void> {
    await rm(this.path(''), { recursive: true, force: true });
    await cp(join(REPOSITORY_ROOT, 'node_modules', this.name), this.path(''), { recursive: true });
  }

  /** The path of a file of the dependency. */
  path(file: string): string {
    return join(this.folder, 'node_modules', this.name, file);
  }

  /**
   * Runs a module in a separate process. Returns what it passes to `report`, and every warning of the process, with those
   * of this service first.
   */
  async run(
    script: string,
    env: Record<string, string> = {},
  ): Promise<{ report: unknown; warnings: string[] }> {
    const whole = `
      import { createRequire } from 'node:module';
      const require = createRequire(${JSON.stringify(join(this.folder, 'script.js'))});
      const warnings = [];
      process.on('warning', ({ name, message }) => {
        if (name === 'UnpatchedDependencyWarning') warnings.push(message);
      });
      const report = (found) => process.stdout.write(JSON.stringify({ report: found, warnings }));
      ${script}`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', whole],
      { cwd: this.folder, env: { ...process.env, ...env } },
    );
    return JSON.parse(stdout) as { report: unknown; warnings: string[] };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
