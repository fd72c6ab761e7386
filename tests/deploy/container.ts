import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, ServiceProcess, spawnTied, uniqueTopic } from '#testing';
import { outputOf } from './tools.js';

/** As the manifests have it. */
const USER = 1000;
const DATA = '/var/lib/ingester';

interface Options {
  /** Of the image. */
  root: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Mounted as the volume, owned by the user; none without it. */
  data?: string;
}

/** A container of runc: user 1000, no capabilities, a read-only root, and the network of this machine. */
export class Container {
  private constructor(
    readonly process: ServiceProcess,
    private readonly name: string,
    private readonly bundle: string,
  ) {}

  /** Resolves as soon as its first process runs. */
  static async start({ root, args, env, data }: Options): Promise<Container> {
    const bundle = mkdtempSync(join(tmpdir(), 'bundle-'));
    outputOf('runc', ['spec', '--bundle', bundle]);
    const spec = JSON.parse(outputOf('cat', [join(bundle, 'config.json')])) as {
      mounts: object[];
      linux: { namespaces: { type: string }[] };
    };
    const mounts: object[] = [
      { destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'size=64m'] },
    ];
    if (data !== undefined) {
      chownSync(data, USER, USER);
      mounts.push({ destination: DATA, type: 'bind', source: data, options: ['bind', 'rw'] });
    }
    const changed = {
      ...spec,
      root: { path: root, readonly: true },
      mounts: [...spec.mounts, ...mounts],
      process: {
        terminal: false,
        user: { uid: USER, gid: USER },
        cwd: '/app',
        args: ['/app/entrypoint.sh', ...args],
        env: Object.entries({ PATH: '/usr/local/bin:/usr/bin:/bin', NODE_ENV: 'production', ...env }).map(
          ([key, value]) => `${key}=${value}`,
        ),
        capabilities: { bounding: [], effective: [], permitted: [] },
        noNewPrivileges: true,
      },
      linux: { ...spec.linux, namespaces: spec.linux.namespaces.filter(({ type }) => type !== 'network') },
    };
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(changed));
    const name = uniqueTopic('container');
    const child = spawnTied('runc', ['run', '--bundle', bundle, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    const container = new Container(new ServiceProcess(args.join(' '), child, undefined), name, bundle);
    await eventually(() => container.#state() !== 'created', { describe: `${name} runs` });
    return container;
  }

  /** Runs a command in the container, and returns its exit code and its output. */
  exec(...command: string[]): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync('runc', ['exec', this.name, ...command], {
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }

  /** Sends the signal to process 1, and resolves with the exit code of the container. */
  async stop(signal: string): Promise<number | null> {
    outputOf('runc', ['kill', this.name, signal]);
    return (await this.process.exited).code;
  }

  /** Removes the container, running or not. */
  remove(): void {
    spawnSync('runc', ['delete', '--force', this.name]);
    rmSync(this.bundle, { recursive: true });
  }

  /** `created` also before runc knows the container. */
  #state(): string {
    const { status, stdout } = spawnSync('runc', ['state', this.name], { encoding: 'utf8' });
    return status === 0 ? (JSON.parse(stdout) as { status: string }).status : 'created';
  }
}
