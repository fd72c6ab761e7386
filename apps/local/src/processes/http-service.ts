import { openSync, writeSync } from 'node:fs';
import { freePort, runService, type Exit, type ServiceProcess } from '#testing';
import { IngesterLog } from './ingester-log.js';

const PORTS_TO_TRY = 50;
const LISTENS = 'Metrics and health on';

export interface HttpServiceOptions {
  /** The built app, from the root of the repository. */
  entry: string;
  env: Readonly<Record<string, string>>;
  logFile: string;
  /** The port to try first. */
  port: number;
}

/**
 * A service with an HTTP port, as a child process. It has the wanted port or one above: if another program takes the port
 * before the service listens, the service starts again on the next one.
 */
export class HttpService {
  #port: number;
  #log = new IngesterLog();
  #process: ServiceProcess;

  private constructor(
    private readonly options: HttpServiceOptions,
    private readonly logFile: number,
    port: number,
  ) {
    this.#port = port;
    this.#process = this.#launch();
  }

  static async launch(options: HttpServiceOptions): Promise<HttpService> {
    return new HttpService(options, openSync(options.logFile, 'w'), await nextFreePort(options.port));
  }

  get log(): IngesterLog {
    return this.#log;
  }

  get port(): number {
    return this.#port;
  }

  /** The port that was wanted and is another program's; null if the service has it. */
  get takenPort(): number | null {
    return this.#port === this.options.port ? null : this.options.port;
  }

  /** Valid once the service listens. */
  get exited(): Promise<Exit> {
    return this.#process.exited;
  }

  /** Resolves once the service has its port, or has ended for another reason than its port. */
  async listening(): Promise<void> {
    while (await this.#hasLostPort()) {
      this.#port = await nextFreePort(this.#port + 1);
      this.#process = this.#launch();
    }
  }

  async stop(timeoutMs: number): Promise<void> {
    await this.#process.stop('SIGTERM', { timeoutMs });
  }

  async #hasLostPort(): Promise<boolean> {
    try {
      await this.#process.waitForLine(LISTENS);
      return false;
    } catch {
      return this.#process.lines.some((line) => line.includes(`port ${this.#port} is in use`));
    }
  }

  #launch(): ServiceProcess {
    const log = (this.#log = new IngesterLog());
    const env = { ...this.options.env, METRICS_HOST: '127.0.0.1', METRICS_PORT: String(this.#port) };
    return runService(this.options.entry, env, {
      onLine: (line) => {
        writeSync(this.logFile, `${line}\n`);
        log.read(line);
      },
    });
  }
}

/** The wanted port, or the next free one above it. */
async function nextFreePort(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + PORTS_TO_TRY; port++) {
    if ((await freePort(port)) === port) return port;
  }
  return freePort();
}
