import { execFile, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, freePort, REPOSITORY_ROOT, spawnTied, type Exit } from '#testing';

const PROGRAMS = join(REPOSITORY_ROOT, '.local/kubernetes-1.34.4');

interface Running {
  exited: Promise<Exit>;
  stop: () => void;
}

/** A real Kubernetes API server with its database, without controllers and nodes: it stores objects, and starts nothing. */
export class ApiServer {
  private constructor(
    private readonly folder: string,
    private readonly address: string,
    private readonly token: string,
    private readonly processes: readonly Running[],
  ) {}

  /** Builds the programs first if they are missing, and installs the CRDs of KEDA and the Prometheus operator. */
  static async start(): Promise<ApiServer> {
    await promisify(execFile)(join(REPOSITORY_ROOT, 'tests/deploy/build-api-server.sh'), [PROGRAMS]);
    const folder = mkdtempSync(join(tmpdir(), 'api-server-'));
    const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
    const etcd = `http://127.0.0.1:${etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const token = randomBytes(16).toString('hex');
    writeFileSync(join(folder, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = join(folder, 'accounts.key');
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const processes = [
      run(folder, 'etcd', {
        'data-dir': join(folder, 'etcd'),
        'listen-client-urls': etcd,
        'advertise-client-urls': etcd,
        'listen-peer-urls': peer,
        'initial-advertise-peer-urls': peer,
        'initial-cluster': `default=${peer}`,
        'unsafe-no-fsync': 'true',
      }),
      run(folder, 'kube-apiserver', {
        'etcd-servers': etcd,
        'bind-address': '127.0.0.1',
        'secure-port': String(port),
        'cert-dir': join(folder, 'certificates'),
        'token-auth-file': join(folder, 'tokens.csv'),
        'authorization-mode': 'RBAC',
        'service-cluster-ip-range': '10.96.0.0/16',
        'service-account-issuer': 'https://kubernetes.default.svc',
        'service-account-key-file': key,
        'service-account-signing-key-file': key,
      }),
    ];
    const server = new ApiServer(folder, `https://127.0.0.1:${port}`, token, processes);
    await server.#untilReady();
    server.#installCrds();
    return server;
  }

  /** Runs kubectl, which must succeed, and returns its standard output. Warnings go to `onWarning`, line by line. */
  kubectl(args: readonly string[], input = '', onWarning?: (line: string) => void): string {
    const { status, stdout, stderr } = spawnSync(join(PROGRAMS, 'kubectl'), [...this.#login, ...args], {
      encoding: 'utf8',
      input,
    });
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${status ?? 'killed'}\n${stdout}${stderr}`);
    for (const line of stderr.trimEnd().split('\n').filter(Boolean)) onWarning?.(line);
    return stdout;
  }

  /** Writes a program `kubectl` into the folder, which uses this server. */
  writeKubectl(folder: string): void {
    const command = [join(PROGRAMS, 'kubectl'), ...this.#login].join(' ');
    writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  }

  get #login(): string[] {
    return ['--server', this.address, '--token', this.token, '--insecure-skip-tls-verify'];
  }

  async stop(): Promise<void> {
    for (const { stop, exited } of [...this.processes].reverse()) {
      stop();
      await exited;
    }
    rmSync(this.folder, { recursive: true });
  }

  async #untilReady(): Promise<void> {
    const ended = Promise.race(this.processes.map(({ exited }) => exited)).then(() => {
      const logs = ['etcd', 'kube-apiserver'].map((name) =>
        readFileSync(join(this.folder, `${name}.log`), 'utf8'),
      );
      throw new Error(`The API server did not start:\n${logs.map((log) => log.slice(-2_000)).join('\n')}`);
    });
    const isReady = () => this.kubectl(['get', '--raw', '/readyz']) === 'ok';
    const ready = eventually(isReady, { timeoutMs: 180_000, describe: 'the API server is ready' });
    ended.catch(() => undefined);
    await Promise.race([ready, ended]);
  }

  #installCrds(): void {
    this.kubectl(['apply', '--server-side', '-f', join(PROGRAMS, 'crds')]);
    this.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=120s']);
  }
}

function run(folder: string, program: string, options: Record<string, string>): Running {
  const log = openSync(join(folder, `${program}.log`), 'a');
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const child = spawnTied(join(PROGRAMS, program), args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  return { exited, stop: () => child.kill('SIGTERM') };
}
