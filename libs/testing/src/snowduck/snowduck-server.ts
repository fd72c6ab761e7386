import { join } from 'node:path';
import { ServiceProcess } from '../processes/service-process.js';
import { spawnTied } from '../processes/spawn-tied.js';
import { pythonWith } from '../python/python-environment.js';
import { REPOSITORY_ROOT } from '../repository-root.js';

/** snowduck names only the oldest versions that it needs. */
const PACKAGES = [
  'snowduck[server]==0.3.0',
  'snowflake-connector-python==4.8.1',
  'duckdb==1.5.6',
  'sqlglot==30.18.0',
  'sqlglotc==30.18.0',
  'starlette==1.10.0',
  'uvicorn==0.54.0',
  'zstandard==0.25.0',
];
const LAYER = join(REPOSITORY_ROOT, 'libs/testing/src/snowduck/snowduck_layer.py');

/**
 * snowduck, a server of Snowpipe Streaming's REST interface on DuckDB that others wrote. It stores rows in a table with the
 * pipe's name, fences by continuation tokens, and ignores offset tokens.
 */
export class SnowduckServer {
  private constructor(
    private readonly process: ServiceProcess,
    readonly url: string,
  ) {}

  /** @throws PythonUnavailable without Python or PyPI */
  static async start(): Promise<SnowduckServer> {
    const python = await pythonWith('snowduck-0.3.0', PACKAGES);
    const child = spawnTied(python, [LAYER], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new ServiceProcess('snowduck', child, undefined);
    const line = await server.waitForLine('snowduck at ', { timeoutMs: 120_000 });
    return new SnowduckServer(server, line.slice(line.indexOf('http://')));
  }

  /** Runs one statement through its SQL interface. Values are text. @throws Error if it fails */
  async run(statement: string): Promise<(string | null)[][]> {
    const response = await fetch(`${this.url}/api/v2/statements`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer test' },
      body: JSON.stringify({ statement }),
    });
    const { data, message } = (await response.json()) as { data?: (string | null)[][]; message?: string };
    if (!response.ok || data === undefined) throw new Error(`snowduck: ${message ?? response.statusText}`);
    return data;
  }

  async stop(): Promise<void> {
    await this.process.stop('SIGTERM', { timeoutMs: 5_000 });
  }
}
