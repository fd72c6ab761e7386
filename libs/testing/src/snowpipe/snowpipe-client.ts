import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { ServiceProcess } from '../processes/service-process.js';
import { spawnTied } from '../processes/spawn-tied.js';
import { pythonWith } from '../python/python-environment.js';
import { REPOSITORY_ROOT } from '../repository-root.js';
import type { TlsFront } from './tls-front.js';

const PROGRAM = join(REPOSITORY_ROOT, 'libs/testing/src/snowpipe/snowpipe_client.py');
const VERSION = '1.9.1';

/** A channel's status as the client reports it. */
export interface SnowpipeChannelStatus {
  code: string;
  committed: string | null;
  inserted: number;
  errors: number;
  lastError: string | null;
  lastErrorUpperBound: string | null;
}

export interface SnowpipeClientOptions {
  database: string;
  schema: string;
  pipe: string;
  account: string;
  user: string;
  /** PEM. */
  privateKey: string;
}

/**
 * Snowflake's own client of Snowpipe Streaming (PyPI snowpipe-streaming), as a process: an independent reading of the REST
 * interface. It accepts HTTPS only, and a host name without a port as plain text.
 */
export class SnowpipeClient {
  private lastId = 0;

  private constructor(
    private readonly process: ServiceProcess,
    private readonly input: Writable,
  ) {}

  /** Returns the path of its interpreter. @throws PythonUnavailable without Python or PyPI */
  static async install(): Promise<string> {
    return pythonWith(`snowpipe-streaming-${VERSION}`, [`snowpipe-streaming==${VERSION}`]);
  }

  /** @throws PythonUnavailable */
  static async start(front: TlsFront, options: SnowpipeClientOptions): Promise<SnowpipeClient> {
    const { account, user, privateKey, ...place } = options;
    const properties = { account, user, private_key: privateKey, url: front.url };
    const child = spawnTied(await SnowpipeClient.install(), [PROGRAM], {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        SSL_CERT_FILE: front.certificateFile,
        SS_LOG_LEVEL: 'warn',
        SNOWPIPE_CLIENT: JSON.stringify({ ...place, properties }),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    if (child.stdin === null) throw new Error('the client has no input');
    const client = new SnowpipeClient(
      new ServiceProcess('snowpipe-streaming', child, undefined),
      child.stdin,
    );
    await client.answer(0);
    return client;
  }

  async open(channel: string): Promise<SnowpipeChannelStatus> {
    return (await this.command('open_channel', channel)) as SnowpipeChannelStatus;
  }

  /** Buffers rows; the client sends them when it sees fit. */
  async append(channel: string, rows: readonly object[], start: string, end: string): Promise<void> {
    await this.command('append', channel, rows, start, end);
  }

  /** Waits until all rows were sent. @throws Error of the client */
  async flush(channel: string): Promise<void> {
    await this.command('flush', channel);
  }

  async status(channel: string): Promise<SnowpipeChannelStatus> {
    return (await this.command('status', channel)) as SnowpipeChannelStatus;
  }

  async close(channel: string): Promise<void> {
    await this.command('close', channel);
  }

  async drop(channel: string): Promise<void> {
    await this.command('drop', channel);
  }

  async stop(): Promise<void> {
    await this.process.kill();
  }

  private async command(name: string, ...parameters: unknown[]): Promise<unknown> {
    const id = ++this.lastId;
    this.input.write(`${JSON.stringify({ id, do: name, with: parameters })}\n`);
    return this.answer(id);
  }

  private async answer(id: number): Promise<unknown> {
    const line = await this.process.waitForLine(new RegExp(`^ANSWER\\{"id": ${id},`));
    const { value, error } = JSON.parse(line.slice('ANSWER'.length)) as { value?: unknown; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }
}
