import { runService, type ServiceOptions, type ServiceProcess } from './service-process.js';

export type Service = 'ingester' | 'archiver';

/** The built ingester, or another service, as a child process, with its HTTP server on the loopback interface. */
export class IngesterProcess {
  readonly url: string;
  protected readonly process: ServiceProcess;

  constructor(
    port: number,
    env: Readonly<Record<string, string>>,
    options: ServiceOptions = {},
    service: Service = 'ingester',
  ) {
    const surface = { METRICS_HOST: '127.0.0.1', METRICS_PORT: String(port), LOG_FORMAT: 'json' };
    this.process = runService(`dist/apps/${service}/src/main.js`, { ...surface, ...env }, options);
    this.url = `http://127.0.0.1:${port}`;
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  async get(path: string, timeoutMs = 30_000): Promise<{ status: number; body: string }> {
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, body: await response.text() };
  }
}
