import type { ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { REPOSITORY_ROOT } from '../repository-root.js';
import { spawnTied, type Exit } from './spawn-tied.js';

export interface ServiceOptions {
  args?: readonly string[];
  /** The root of another build, such as an earlier release; this repository by default. */
  root?: string;
  /** Options of Node and V8. */
  nodeArgs?: readonly string[];
  /** Called with each line. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** Node 24 warns about timers in the past, which kafkajs sets; they are harmless. */
const NODE_ARGS = ['--disable-warning=TimeoutNegativeWarning'];
/** Keeps compiled code for the next process, which saves a quarter of its startup cost. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: resolve(REPOSITORY_ROOT, '.local/compile-cache') };
const KEPT_LINES = 10_000;
const QUOTED_LINES = 20;

/**
 * Starts a built app as a child process.
 *
 * @param entry relative to the root of the build, for example `dist/apps/ingester/src/main.js`
 * @param env its whole environment, except for PATH and the compile cache
 */
export function runService(
  entry: string,
  env: Readonly<Record<string, string>>,
  { args = [], root = REPOSITORY_ROOT, nodeArgs = [], onLine }: ServiceOptions = {},
): ServiceProcess {
  const all = [...NODE_ARGS, ...nodeArgs, resolve(root, entry), ...args];
  return runCommand(process.execPath, all, env, onLine);
}

/** Like {@link runService} for any command, such as one that runs an app as process 1. */
export function runCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine?: ServiceOptions['onLine'],
): ServiceProcess {
  const child = spawnTied(command, args, {
    cwd: REPOSITORY_ROOT,
    env: { PATH: process.env['PATH'], ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new ServiceProcess(args.find((each) => /\.m?js$/.test(each)) ?? command, child, onLine);
}

/** A service that runs as a child process of this one. */
export class ServiceProcess {
  /** Settles once the process has ended and all its output has been read. */
  readonly exited: Promise<Exit>;
  readonly #lines: string[] = [];
  readonly #watchers = new Set<(line: string) => void>();

  constructor(
    readonly name: string,
    private readonly child: ChildProcess,
    private readonly onLine: ServiceOptions['onLine'],
  ) {
    this.#read(child.stdout, 'stdout');
    this.#read(child.stderr, 'stderr');
    this.exited = new Promise((settle, reject) => {
      child.once('close', (code, signal) => {
        settle({ code, signal });
      });
      child.once('error', reject);
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The output on both streams, limited to the last 10,000 lines. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * The first line, past or future, that contains the text or matches the expression.
   *
   * @throws Error with the last lines if the process ends without it, or after `timeoutMs`
   */
  async waitForLine(
    pattern: string | RegExp,
    { timeoutMs = 90_000 }: { timeoutMs?: number } = {},
  ): Promise<string> {
    const matches = (line: string) =>
      typeof pattern === 'string' ? line.includes(pattern) : line.search(pattern) >= 0;
    const written = this.#lines.find(matches);
    if (written !== undefined) return written;
    const { promise, resolve: settle, reject } = Promise.withResolvers<string>();
    const watch = (line: string) => {
      if (matches(line)) settle(line);
    };
    this.#watchers.add(watch);
    const timer = setTimeout(() => {
      reject(this.#failure(`has not written ${String(pattern)} within ${timeoutMs} ms`));
    }, timeoutMs);
    void this.exited.then((exit) => {
      reject(this.#failure(`ended (${exitText(exit)}) without writing ${String(pattern)}`));
    }, reject);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#watchers.delete(watch);
    });
  }

  /** Sends the signal and waits for the end; kills the process if that takes longer than `timeoutMs`. */
  async stop(
    signal: NodeJS.Signals = 'SIGTERM',
    { timeoutMs = 60_000 }: { timeoutMs?: number } = {},
  ): Promise<Exit> {
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), timeoutMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<Exit> {
    this.child.kill('SIGKILL');
    return this.exited;
  }

  /** The last lines, for error messages. */
  lastLines(count = QUOTED_LINES): string {
    return this.#lines.slice(-count).join('\n');
  }

  #read(stream: Readable | null, name: 'stdout' | 'stderr'): void {
    if (stream === null) return;
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      this.onLine?.(line, name);
      for (const watch of this.#watchers) watch(line);
    });
  }

  #failure(what: string): Error {
    return new Error(`${this.name} ${what}. Its last lines:\n${this.lastLines()}`);
  }
}

export function exitText({ code, signal }: Exit): string {
  return signal === null ? `code ${code ?? 'unknown'}` : `by ${signal}`;
}
