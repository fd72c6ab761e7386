import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, globSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, REPOSITORY_ROOT, ServiceProcess } from '#testing';
import { CLOUD_LIBRARIES } from '#warehouse';
import { copyProductionDependencies } from './production-dependencies.js';
import { findTool, outputOf } from './tools.js';

const dockerfile = readFileSync(join(REPOSITORY_ROOT, 'docker/Dockerfile'), 'utf8');
/** An unused user id: the image's own is 1000, but Kubernetes may choose any. */
const ANOTHER_USER = 65_534;
/** Built with the product, but useless in a container. */
const LEFT_OUT = [
  'apps/local',
  'apps/aggregations',
  'libs/testing',
  'libs/snowflake-endpoint',
  'libs/simulation',
];
const MOST_MEGABYTES = 130;
const isRoot = process.getuid?.() === 0;
const identity = isRoot ? { uid: ANOTHER_USER, gid: ANOTHER_USER } : {};

describe('docker/Dockerfile', () => {
  it('has the same Node.js as the tests', () => {
    const lock = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    const version = lock.packages['node_modules/node']?.version ?? '';
    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${version}-bookworm-slim`);
    expect(dockerfile).toContain(`base.name="docker.io/library/node:${version}-bookworm-slim"`);
  });

  it('starts Node.js with the options of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const [command = ''] = scripts['ingester']?.split(' dist/') ?? [];
    expect(readFileSync(join(REPOSITORY_ROOT, 'docker/entrypoint.sh'), 'utf8')).toContain(
      `${command.replace('exec ', 'set -- ')} "`,
    );
  });

  it('ends with a numeric user that is not root', () => {
    const users = [...dockerfile.matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
    expect(users).toEqual(['1000:1000']);
  });

  it('copies only files that exist and that .dockerignore does not exclude', () => {
    const allowed = readFileSync(join(REPOSITORY_ROOT, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(new Set(copiedFiles())).toEqual(new Set(allowed));
    for (const path of allowed)
      expect({ path, isThere: existsSync(join(REPOSITORY_ROOT, path)) }).toEqual({ path, isThere: true });
  });

  const hadolint = findTool('hadolint', 'docker/Dockerfile through hadolint');
  (hadolint === null ? it.skip : it)('passes hadolint', () => {
    expect(outputOf(hadolint ?? '', [join(REPOSITORY_ROOT, 'docker/Dockerfile')])).toBe('');
  });
});

/** The image's own steps, in a folder instead of a container, in a tree that the service's user cannot write to. */
describe('the image', () => {
  let folder: string;
  let app: string;
  let data: string;
  let services: ServiceProcess[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'image-'));
    app = join(folder, 'app');
    data = join(folder, 'data');
    services = [];
    await Promise.all([mkdir(app), mkdir(data)]);
    await build(join(folder, 'build'));
    await cp(join(folder, 'build/dist'), join(app, 'dist'), { recursive: true });
    await copyProductionDependencies(app);
    const copied = ['package.json', 'LICENSE', 'docker/entrypoint.sh', 'docker/healthcheck.mjs', 'analytics'];
    for (const path of copied) {
      await cp(join(REPOSITORY_ROOT, path), join(app, path.replace('docker/', '')), { recursive: true });
    }
    // Node.js is where the user can access it, as in the base image.
    await cp(process.execPath, join(folder, 'bin/node'));
    outputOf('chmod', ['-R', 'a-w,a+rX', app]);
    chmodSync(folder, 0o755);
    if (isRoot) chownSync(data, ANOTHER_USER, ANOTHER_USER);
  });

  afterAll(async () => {
    for (const service of services) await service.kill();
    outputOf('chmod', ['-R', 'u+w', folder]);
    await rm(folder, { recursive: true });
  });

  /** Only the environment of a container, without this process's own. */
  function environment(variables: Record<string, string>): Record<string, string> {
    return { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, NODE_ENV: 'production', ...variables };
  }

  function start(args: string[], variables: Record<string, string>): ServiceProcess {
    const child = spawn(join(app, 'entrypoint.sh'), args, {
      cwd: app,
      env: environment(variables),
      ...identity,
    });
    const service = new ServiceProcess(args.join(' '), child, undefined);
    services.push(service);
    return service;
  }

  it('is small: its dependencies and its code stay below 130 MB', () => {
    const bytes = outputOf('du', ['--summarize', '--bytes', app]).split('\t')[0];
    expect(Number(bytes) / 1e6).toBeLessThan(MOST_MEGABYTES);
  });

  it("keeps what Snowflake's driver loads for workload identity", () => {
    const script = `
      import { createRequire } from 'node:module';
      const driver = createRequire(import.meta.resolve('snowflake-sdk'));
      for (const name of ${JSON.stringify(CLOUD_LIBRARIES)}) driver(name);`;
    expect(outputOf(join(folder, 'bin/node'), ['--input-type=module', '--eval', script], { cwd: app })).toBe(
      '',
    );
  });

  function isHealthy(port: number): boolean {
    const { status } = spawnSync(join(folder, 'bin/node'), [join(app, 'healthcheck.mjs')], {
      env: environment({ METRICS_PORT: String(port) }),
      ...identity,
    });
    return status === 0;
  }

  it('contains what production needs and nothing else', () => {
    const has = (path: string) => existsSync(join(app, path));
    const development = ['jest', 'eslint', 'node', '@nestjs/cli', '@swc/core'].map(
      (name) => `node_modules/${name}`,
    );
    expect([...development, ...LEFT_OUT.map((folder) => `dist/${folder}`)].filter(has)).toEqual([]);
    expect(globSync('dist/**/*.spec.js', { cwd: app })).toEqual([]);
    const apps = ['ingester', 'producer', 'operator'].map((name) => `dist/apps/${name}/src/main.js`);
    expect(apps.filter(has)).toEqual(apps);
    // Stack traces point to lines of the sources.
    expect(has('dist/apps/ingester/src/main.js.map')).toBe(true);
  });

  it('cannot be modified by the user that it runs as', () => {
    const { status } = spawnSync('touch', [join(app, 'dist/new')], identity);
    expect(status === 0).toBe(false);
  });

  it('exits with 78 and a message about what is wrong with the configuration', async () => {
    const service = start(['ingester'], { WAREHOUSE: 'oracle', METRICS_PORT: 'eight' });
    expect(await service.exited).toEqual({ code: 78, signal: null });
    expect(service.lastLines()).toMatch(/WAREHOUSE.*oracle/);
    expect(service.lastLines()).toMatch(/METRICS_PORT.*eight/);
    expect(service.lastLines()).not.toMatch(/^\s+at /m);
  });

  it('is alive but not ready without a broker, and ends at SIGTERM', async () => {
    const port = await freePort();
    const service = start([], {
      KAFKA_BOOTSTRAP_SERVER: `127.0.0.1:${await freePort()}`,
      WAREHOUSE: 'duckdb',
      DUCKDB_PATH: join(data, 'warehouse.duckdb'),
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: String(port),
      STATUS_PAGE: 'true',
    });
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    await eventually(async () => (await status('/health/live')) === 200, { timeoutMs: 60_000 });
    await service.waitForLine('Waiting to start', { timeoutMs: 60_000 });
    expect(await status('/health')).toBe(503);
    expect(await status('/health/live')).toBe(200);
    expect(await status('/metrics')).toBe(200);
    for (const path of ['/', '/page/page.js', '/page/uplot.js']) {
      expect({ path, status: await status(path) }).toEqual({ path, status: 200 });
    }
    expect(isHealthy(port)).toBe(true);
    // The only place that it may write to. Also shows that the prebuilt DuckDB works from production dependencies.
    expect(existsSync(join(data, 'warehouse.duckdb'))).toBe(true);
    expect(await service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(isHealthy(port)).toBe(false);
  });

  it('is unhealthy while the port accepts connections but does not respond', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(isHealthy((server.address() as AddressInfo).port)).toBe(false);
    server.close();
  });

  it('starts the producer with its arguments', async () => {
    const service = start(['producer', '--rate', 'fast'], {});
    expect(await service.exited).toEqual({ code: 2, signal: null });
    expect(service.lastLines()).toContain('--rate is "fast"');
  });

  it.each([
    ['DuckDB', { WAREHOUSE: 'duckdb', DUCKDB_PATH: '/nowhere/file' }],
    [
      'Snowflake',
      {
        SNOWFLAKE_ACCOUNT: 'a',
        SNOWFLAKE_USER: 'u',
        SNOWFLAKE_PASSWORD: 'p',
        SNOWFLAKE_WAREHOUSE: 'w',
        SNOWFLAKE_DATABASE: 'd',
      },
    ],
  ])('has the views for analysts on %s', async (_warehouse, variables) => {
    const service = start(['operator', 'schema', 'plan', '--analytics'], variables);
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.lastLines()).toMatch(/ AS UNREADABLE\nFROM FIELDS\n/);
  });

  it('lists its apps if asked for an unknown one', async () => {
    const service = start(['consumer'], {});
    expect(await service.exited).toEqual({ code: 64, signal: null });
    expect(service.lastLines()).toMatch(/no app 'consumer'.*ingester.*producer/);
  });
});

/** Files and folders that COPY reads from the repository. */
function copiedFiles(): string[] {
  return [...dockerfile.matchAll(/^COPY (?!--from)(?:--\S+ )*(.*) \S+$/gm)].flatMap(([, sources = '']) =>
    sources.split(' '),
  );
}

/** Runs the build command of the Dockerfile with only what it copies from the repository. */
async function build(target: string): Promise<void> {
  await mkdir(target);
  for (const path of copiedFiles()) {
    await cp(join(REPOSITORY_ROOT, path), join(target, path), {
      recursive: true,
      filter: (each) => !each.endsWith('.spec.ts'),
    });
  }
  await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(target, 'node_modules'));
  const [, command = 'false'] = /^COPY libs libs\n(?:#.*\n)*RUN (.*)$/m.exec(dockerfile) ?? [];
  outputOf('sh', ['-c', command], { cwd: target });
}
