import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from '#testing';

const run = promisify(execFile);
const LONGEST_MS = 120_000;

export interface TerminalOptions {
  columns: number;
  rows: number;
  /** Where its shell starts. */
  folder: string;
}

/** A shell in a terminal without a screen, which tmux emulates. Its environment has only PATH and what a login sets. */
export class Terminal {
  static #count = 0;

  private constructor(private readonly server: string) {}

  static async isAvailable(): Promise<boolean> {
    return run('tmux', ['-V']).then(
      () => true,
      () => false,
    );
  }

  static async open({ columns, rows, folder }: TerminalOptions): Promise<Terminal> {
    const terminal = new Terminal(`terminal-${process.pid}-${++Terminal.#count}`);
    const env = [
      `PATH=${process.env['PATH'] ?? ''}`,
      `HOME=${folder}`,
      'TERM=xterm-256color',
      'LANG=C.UTF-8',
    ];
    const size = ['-x', String(columns), '-y', String(rows)];
    await terminal.#tmux(
      ...['-f', '/dev/null', 'new-session', '-d', ...size, '-c', folder, '--'],
      ...['env', '-i', ...env, 'bash', '--norc', '--noprofile'],
    );
    return terminal;
  }

  /** What a person sees now, line by line. */
  async screen(): Promise<string> {
    return this.#tmux('capture-pane', '-p');
  }

  async type(line: string): Promise<void> {
    await this.#tmux('send-keys', '-l', line);
    await this.press('Enter');
  }

  /** A key by its name, such as `C-c`. */
  async press(key: string): Promise<void> {
    await this.#tmux('send-keys', key);
  }

  /** Types a command on an empty screen and waits for its end. Returns its output. */
  async command(line: string): Promise<{ code: number; output: string }> {
    await this.#tmux('send-keys', '-l', `clear; ${line}; echo "[$?]"`);
    await this.press('Enter');
    const screen = await this.until(/^\[\d+\]$/m);
    const [ending = ''] = /^\[\d+\]$/m.exec(screen) ?? [];
    return { code: Number(ending.slice(1, -1)), output: screen.slice(0, screen.lastIndexOf(ending)) };
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Waits until the screen shows this; returns the screen. */
  async until(what: RegExp): Promise<string> {
    let screen = '';
    await eventually(
      async () => {
        screen = await this.screen();
        return what.test(screen);
      },
      { timeoutMs: LONGEST_MS },
    ).catch((error: unknown) => {
      throw new Error(`${String(what)} is not on the screen:\n${screen}`, { cause: error });
    });
    return screen;
  }

  /** As a person who closes the window. */
  async close(): Promise<void> {
    await this.#tmux('kill-server');
  }

  async #tmux(...args: string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.server, ...args]);
    return stdout;
  }
}
