import { execFileSync } from 'node:child_process';
import { runService, type Exit, type ServiceProcess } from '#testing';
import { LOW_STOCK_BELOW } from './expected-totals.js';

const START_TIMEOUT_MS = 600_000;

export interface AggregationsOptions {
  bootstrap: string;
  topic: string;
  /** Holds state and logs. */
  folder: string;
  env?: Readonly<Record<string, string>>;
}

/** `npm run aggregations` as a process. */
export class AggregationsProcess {
  readonly #process: ServiceProcess;

  /** @param more options after those that every test gives; the last of an option counts */
  constructor({ bootstrap, topic, folder, env: own = {} }: AggregationsOptions, ...more: readonly string[]) {
    const java = process.env['JAVA_HOME'];
    const env = { ...own, KAFKA_BOOTSTRAP_SERVER: bootstrap, KAFKA_TOPIC_NAME: topic };
    const options = ['--folder', folder, '--checkpoint', '2', '--low-stock', String(LOW_STOCK_BELOW)];
    this.#process = runService(
      'dist/apps/aggregations/src/main.js',
      { ...env, ...(java === undefined ? {} : { JAVA_HOME: java }) },
      { args: [...options, ...more] },
    );
  }

  async untilRunning(): Promise<void> {
    await this.#process.waitForLine('State, logs', { timeoutMs: START_TIMEOUT_MS });
  }

  get output(): string {
    return this.#process.lines.join('\n');
  }

  get exited(): Promise<Exit> {
    return this.#process.exited;
  }

  async stop(): Promise<Exit> {
    return this.#process.stop('SIGTERM', { timeoutMs: 180_000 });
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  /** Kills Flink's process, like a power failure. */
  killJvm(name: 'TaskManagerRunner' | 'StandaloneApplicationClusterEntryPoint'): void {
    const own = this.jvms().find(({ command }) => command.includes(name));
    if (own === undefined) throw new Error(`no ${name} runs`);
    process.kill(own.pid, 'SIGKILL');
  }

  /** Its processes of Java. */
  jvms(): { pid: number; command: string }[] {
    const parent = String(this.#process.pid);
    return execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => /^ *(\d+) +(\d+) (.*)$/.exec(line) ?? [])
      .filter(([, , ppid, command]) => ppid === parent && command?.includes('org.apache.flink') === true)
      .map(([, pid, , command = '']) => ({ pid: Number(pid), command }));
  }
}
