import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Options } from '#lake';
import { eventually } from '../eventually.js';
import { freePort } from '../processes/free-port.js';
import { ServiceProcess } from '../processes/service-process.js';
import { spawnTied } from '../processes/spawn-tied.js';
import { REPOSITORY_ROOT } from '../repository-root.js';

const MODULE = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';
const FOLDER = join(REPOSITORY_ROOT, '.local', 'versitygw-1.8.0');
const BUILD_TIMEOUT_MS = 9 * 60_000;
const LOGIN = { accessKeyId: 'lake', secretAccessKey: 'lake-secret' };
const BUCKET = 'lake';

/** This machine has no S3 server. The message says why. */
export class S3ServerUnavailable extends Error {
  override name = 'S3ServerUnavailable';
}

/** versitygw, an S3 server on a folder, with one bucket. It is built once with Go (two minutes) into .local/. */
export class S3Server {
  private constructor(
    private process: ServiceProcess,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** The path of the program. @throws S3ServerUnavailable without Go or its module proxy */
  static program(): Promise<string> {
    return build();
  }

  /** @throws S3ServerUnavailable without Go or its module proxy */
  static async start(): Promise<S3Server> {
    await build();
    const folder = await mkdtemp(join(tmpdir(), 's3-server-'));
    const port = await freePort();
    const server = new S3Server(run(port, folder), folder, port);
    await server.#untilListening();
    const client = server.client();
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    client.destroy();
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** For what the archiver never does, such as deleting an object. */
  client(): S3Client {
    const { endpoint } = this;
    return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: LOGIN });
  }

  options(prefix: string): S3Options {
    return {
      bucket: BUCKET,
      prefix,
      endpoint: this.endpoint,
      region: 'us-east-1',
      pathStyle: true,
      credentials: () => LOGIN,
      encryption: 'bucket-default',
      kmsKeyId: undefined,
    };
  }

  /** The settings of a service whose lake is here. */
  env(prefix: string): Record<string, string> {
    return {
      LAKE_LOCATION: `s3://${BUCKET}/${prefix}`,
      LAKE_ENDPOINT: this.endpoint,
      LAKE_REGION: 'us-east-1',
      LAKE_ACCESS_KEY_ID: LOGIN.accessKeyId,
      LAKE_SECRET_ACCESS_KEY: LOGIN.secretAccessKey,
    };
  }

  async kill(): Promise<void> {
    await this.process.kill();
  }

  /** Starts the server again after {@link kill}, with the same objects. */
  async restart(): Promise<void> {
    this.process = run(this.port, this.folder);
    await this.#untilListening();
  }

  async stop(): Promise<void> {
    await this.process.kill();
    await rm(this.folder, { recursive: true });
  }

  async #untilListening(): Promise<void> {
    await eventually(() => fetch(this.endpoint).then(() => true), { describe: 'the S3 server listens' });
  }
}

function run(port: number, folder: string): ServiceProcess {
  const child = spawnTied(join(FOLDER, 'versitygw'), ['--port', `127.0.0.1:${port}`, 'posix', folder], {
    env: { ROOT_ACCESS_KEY: LOGIN.accessKeyId, ROOT_SECRET_KEY: LOGIN.secretAccessKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new ServiceProcess('versitygw', child, undefined);
}

/** Builds with one rename at the end, so that the program is either complete or missing. */
async function build(): Promise<string> {
  const program = join(FOLDER, 'versitygw');
  if (existsSync(program)) return program;
  await mkdir(FOLDER, { recursive: true });
  const folder = await mkdtemp(`${FOLDER}.building-`);
  try {
    const env = { ...process.env, GOBIN: folder };
    await promisify(execFile)('go', ['install', MODULE], { env, timeout: BUILD_TIMEOUT_MS });
    await rename(join(folder, 'versitygw'), program);
    return program;
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const reason = stderr === '' ? message : stderr.trim().split('\n').at(-1);
    throw new S3ServerUnavailable(`versitygw cannot be built: ${reason}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
