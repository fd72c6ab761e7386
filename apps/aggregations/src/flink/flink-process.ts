import { openSync, closeSync, readFileSync } from 'node:fs';
import { exitText, spawnTied, type Exit } from '#testing';
import type { FlinkDistribution } from './flink-distribution.js';
import type { FlinkFiles } from './flink-files.js';

/** Parts of Java that Flink opens by reflection, as its own start scripts do. */
const OPENS = ['lang', 'net', 'io', 'nio', 'text', 'time', 'util', 'util.concurrent']
  .concat('lang.reflect', 'util.concurrent.atomic', 'util.concurrent.locks')
  .map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`)
  .concat('--add-opens=java.base/sun.nio.ch=ALL-UNNAMED')
  .concat('--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED');
const QUOTED_LINES = 15;
const STOP_TIMEOUT_MS = 15_000;

export interface FlinkCommand {
  name: 'jobmanager' | 'taskmanager';
  jvm: readonly string[];
  mainClass: string;
  args: readonly string[];
}

/** A JVM of Flink, which ends with this process. */
export class FlinkProcess {
  readonly exited: Promise<Exit>;
  readonly #child;

  constructor(
    { java, classPath }: FlinkDistribution,
    private readonly files: FlinkFiles,
    readonly command: FlinkCommand,
  ) {
    const log = openSync(files.log(command.name), 'a');
    // PostgreSQL's connector sends times in the zone of the JVM.
    const options = [...OPENS, '-Duser.timezone=UTC', '-XX:+UseSerialGC', ...command.jvm];
    const logging = `-Dlog4j.configurationFile=${files.configuration}/log4j2.properties`;
    const args = [...options, logging, '-cp', classPath, command.mainClass];
    this.#child = spawnTied(java, [...args, '--configDir', files.configuration, ...command.args], {
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.exited = new Promise((settle) => {
      this.#child.once('exit', (code, signal) => {
        settle({ code, signal });
      });
      this.#child.once('error', () => {
        settle({ code: null, signal: null });
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends it; kills it if that takes longer than 15 s. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** `The JobManager has ended (code 1)`, with the errors of its log. */
  describe(exit: Exit): string {
    const name = this.command.name === 'jobmanager' ? 'JobManager' : 'TaskManager';
    const log = this.files.log(this.command.name);
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    const causes = lines.filter((line) => line.startsWith('Caused by: ')).slice(-QUOTED_LINES);
    const quoted = causes.length > 0 ? [...new Set(causes)] : lines.slice(-QUOTED_LINES);
    return `The ${name} has ended (${exitText(exit)}):\n\n${quoted.join('\n')}\n\nAll of it is in ${log}.`;
  }
}
