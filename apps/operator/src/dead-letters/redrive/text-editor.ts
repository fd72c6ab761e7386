import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '#settings';
import type { OperatorContext } from '../../context.js';
import { messageOf, OperationError } from '../../failures.js';

/** Signals after which the editor ends, and its file is removed. An interrupt is the editor's own. */
const ENDING = ['SIGTERM', 'SIGHUP'] as const;

/** The status with which a shell reports a command that it cannot find or run. */
const NOT_RUN = new Set([126, 127]);

/** The user's editor, in the terminal. */
export class TextEditor {
  readonly #command: string;

  constructor(
    env: Environment,
    private readonly signals: OperatorContext['signals'],
  ) {
    this.#command = [env['VISUAL'], env['EDITOR']].find((command) => command?.trim()) ?? 'vi';
  }

  /**
   * Lets the user edit a text in a file that only its owner can read, and that is removed at the end.
   *
   * @throws OperationError if the editor fails
   */
  async edit(text: string, name: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'dead-letter-'));
    try {
      const file = join(folder, name);
      await writeFile(file, text, { mode: 0o600, flag: 'wx' });
      await this.#run(file);
      return await readFile(file, 'utf8');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Through a shell, as git does: the command may have arguments, such as `code --wait`. */
  async #run(file: string): Promise<void> {
    const editor = spawn('/bin/sh', ['-c', `${this.#command} "$@"`, this.#command, file], {
      stdio: 'inherit',
    });
    const ignore = () => undefined;
    const end = () => editor.kill('SIGTERM');
    this.signals.on('SIGINT', ignore);
    for (const name of ENDING) this.signals.on(name, end);
    const { promise, resolve, reject } = Promise.withResolvers<number | NodeJS.Signals>();
    editor.once('error', reject).once('exit', (code, signal) => {
      resolve(code ?? signal ?? 0);
    });
    try {
      const code = await promise;
      if (code === 0) return;
      const remedy = NOT_RUN.has(Number(code)) ? ' Set VISUAL or EDITOR to your editor.' : '';
      throw new OperationError(
        `Nothing was sent: the editor "${this.#command}" ended with ${code}.${remedy}`,
      );
    } catch (error) {
      if (error instanceof OperationError) throw error;
      throw new OperationError(
        `Nothing was sent: the editor "${this.#command}" did not start: ${messageOf(error)}`,
      );
    } finally {
      this.signals.off('SIGINT', ignore);
      for (const name of ENDING) this.signals.off(name, end);
    }
  }
}
