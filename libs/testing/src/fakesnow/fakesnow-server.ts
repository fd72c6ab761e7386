import { join } from 'node:path';
import { ServiceProcess } from '../processes/service-process.js';
import { spawnTied } from '../processes/spawn-tied.js';
import { pythonWith } from '../python/python-environment.js';
import { REPOSITORY_ROOT } from '../repository-root.js';

/** 360 MB. Newer connectors do not work with this fakesnow. The compiled sqlglot saves a quarter of its specs' time. */
const PACKAGES = [
  'fakesnow[server]==0.12.1',
  'snowflake-connector-python==4.8.1',
  'duckdb==2.0.0',
  'sqlglot[c]==30.22.0',
];
const LAYER = join(REPOSITORY_ROOT, 'libs/testing/src/fakesnow/fakesnow_layer.py');

/**
 * fakesnow, which runs Snowflake's SQL on DuckDB in memory, as a server on this machine. It is an independent reading of
 * Snowflake, without locks (a conflict gives HTTP 500), timeouts and privileges.
 */
export class FakesnowServer {
  private constructor(
    private readonly process: ServiceProcess,
    /** The driver's accessUrl. */
    readonly url: string,
  ) {}

  /** @throws PythonUnavailable without Python or PyPI */
  static async start(): Promise<FakesnowServer> {
    const python = await pythonWith('fakesnow-0.12.1-compiled', PACKAGES);
    const child = spawnTied(python, [LAYER], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new ServiceProcess('fakesnow', child, undefined);
    const line = await server.waitForLine('Uvicorn running on', { timeoutMs: 120_000 });
    const url = /http:\/\/[\d.]+:\d+/.exec(line)?.[0];
    if (url === undefined) throw new Error(`fakesnow does not say where it listens: ${line}`);
    return new FakesnowServer(server, url);
  }

  /** The last lines of its output. */
  lastLines(): string {
    return this.process.lastLines();
  }

  async stop(): Promise<void> {
    await this.process.stop('SIGTERM', { timeoutMs: 5_000 });
  }
}
