import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, groupOffsets, logEnds, ServiceProcess, spawnTied } from '#testing';
import { BOOTSTRAP, Scenario } from '../support/scenario.js';
import { Container } from './container.js';
import { releaseRepository } from './release-repository.js';
import { findTool, outputOf } from './tools.js';

const EVENTS = 3_000;
const BAD = 0.01;
/** What the image adds to its base. */
const MOST_MEGABYTES = 140;
const NEEDED = ['buildah', 'runc', 'debootstrap', 'registry', 'kustomize'];
const missing = NEEDED.filter((name) => findTool(name, 'the image in a container') === null);
const isRoot = process.getuid?.() === 0;
if (!isRoot) process.stderr.write('left out: the image in a container (needs root)\n');

/** The release script builds and pushes docker/Dockerfile by buildah, to a registry on this machine; runc runs the result. */
(missing.length > 0 || !isRoot ? describe.skip : describe)('the image, released and run', () => {
  let folder: string;
  let registry: ServiceProcess;
  let host: string;
  let env: NodeJS.ProcessEnv;
  let container: string;
  let root: string;
  let facts: { image: string; digest: string; base: string; version: string; revision: string };
  let containers: Container[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'container-'));
    const port = await freePort();
    host = `127.0.0.1:${port}`;
    const child = spawnTied(findTool('registry', 'the image') ?? '', ['-port', String(port)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    registry = new ServiceProcess('registry', child, undefined);
    await eventually(async () => (await fetch(`http://${host}/v2/`)).ok, {
      describe: 'the registry responds',
    });

    writeFileSync(join(folder, 'registries.conf'), `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
    env = {
      ...process.env,
      BUILDAH_ISOLATION: 'chroot',
      CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
      GIT_COMMITTER_NAME: 'Test',
      GIT_COMMITTER_EMAIL: 'test@example.com',
    };
    const base = `${host}/node:24`;
    outputOf('tests/deploy/make-base-image.sh', [base], { env });
    const source = join(folder, 'source');
    mkdirSync(source);
    releaseRepository(source);
    const args = ['tools/release/main.mjs', '--image', `${host}/wine/ingestion`, '--base', base];
    outputOf(process.execPath, args, { cwd: source, env });
    const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string };
    const written = readFileSync(join(source, '.local/release', version, 'release.json'), 'utf8');
    facts = JSON.parse(written) as typeof facts;
    container = outputOf('buildah', ['from', '--pull-never', facts.image], { env }).trim();
    root = outputOf('buildah', ['mount', container], { env }).trim();
  });
  beforeEach(() => {
    containers = [];
  });
  afterEach(() => {
    for (const each of containers) each.remove();
  });
  afterAll(async () => {
    outputOf('buildah', ['rm', container], { env });
    outputOf('buildah', ['rmi', '--force', facts.image], { env });
    await registry.kill();
    rmSync(folder, { recursive: true });
  });

  async function start(options: Omit<Parameters<typeof Container.start>[0], 'root'>): Promise<Container> {
    const started = await Container.start({ root, ...options });
    containers.push(started);
    return started;
  }

  it('has in the registry the digest of the release, and says what it is made from', async () => {
    const { headers } = await fetch(`http://${host}/v2/wine/ingestion/manifests/${facts.version}`, {
      method: 'HEAD',
    });
    expect(headers.get('docker-content-digest')).toBe(facts.digest);
    const { OCIv1 } = JSON.parse(
      outputOf('buildah', ['inspect', '--type', 'image', facts.image], { env }),
    ) as {
      OCIv1: { config: { Labels: Record<string, string>; User: string; Entrypoint: string[] } };
    };
    const label = (name: string) => OCIv1.config.Labels[`org.opencontainers.image.${name}`];
    expect(facts.base).toMatch(/@sha256:[\da-f]{64}$/);
    expect([label('version'), label('revision'), label('base.digest'), label('licenses')]).toEqual([
      facts.version,
      facts.revision,
      facts.base.split('@')[1],
      'UNLICENSED',
    ]);
    expect([OCIv1.config.User, OCIv1.config.Entrypoint]).toEqual(['1000:1000', ['/app/entrypoint.sh']]);
  });

  it('is small', () => {
    const megabytes = Number(outputOf('du', ['-sm', '--apparent-size', join(root, 'app')]).split('\t')[0]);
    process.stdout.write(`The image adds ${megabytes} MB to its base.\n`);
    expect(megabytes).toBeLessThan(MOST_MEGABYTES);
  });

  it('stores 3,000 events as user 1000 without capabilities on a read-only root, is healthy, and drains at SIGTERM', async () => {
    const scenario = await Scenario.create('container');
    try {
      const METRICS_PORT = String(await freePort());
      const settings = { ...scenario.env, METRICS_PORT, DUCKDB_PATH: '/var/lib/ingester/warehouse.duckdb' };
      const ingester = await start({ args: ['ingester'], env: settings, data: scenario.folder });
      const producer = await start({
        args: ['producer', '--count', String(EVENTS), '--rate', 'max', '--bad', String(BAD)],
        env: scenario.env,
      });
      expect((await producer.process.exited).code).toBe(0);
      await eventually(
        async () => {
          const ends = await logEnds(BOOTSTRAP, scenario.topic);
          const committed = await groupOffsets(BOOTSTRAP, scenario.group, scenario.topic);
          return [...ends].every(([partition, end]) => end > 0 && committed.get(partition) === end);
        },
        { timeoutMs: 120_000, describe: `everything is stored\n${ingester.process.lastLines()}` },
      );
      expect(ingester.exec('node', '/app/healthcheck.mjs').status).toBe(0);
      expect(ingester.exec('id', '-u').output).toBe('1000\n');
      const capabilities = ingester.exec('grep', 'Cap', '/proc/1/status').output;
      expect(capabilities.match(/\t0{16}$/gm)).toHaveLength(5);
      expect(ingester.exec('touch', '/app/new').output).toContain('Read-only file system');
      expect(await ingester.stop('TERM')).toBe(0);

      const [{ N: rows } = {}] = await scenario.query('SELECT count(*) AS N FROM RAW_EVENTS_STREAM');
      const [{ N: letters } = {}] = await scenario.query('SELECT count(*) AS N FROM SALES_EVENTS_DLQ');
      expect(Number(rows) + Number(letters)).toBe(EVENTS);
      expect(Number(letters)).toBeGreaterThan(0);
    } finally {
      await scenario.cleanUp();
    }
  });

  it('ends with 0 at a SIGTERM that comes before Node.js has a handler, although process 1 gets no signal without one', async () => {
    const settings = { KAFKA_BOOTSTRAP_SERVER: BOOTSTRAP, WAREHOUSE: 'duckdb', DUCKDB_PATH: ':memory:' };
    const METRICS_PORT = String(await freePort());
    const ingester = await start({ args: ['ingester'], env: { ...settings, METRICS_PORT } });
    expect(await ingester.stop('TERM')).toBe(0);
  });

  it('passes SIGUSR2 on, and runs a command beside the service', async () => {
    // No broker: it waits for one, and lives.
    const settings = { KAFKA_BOOTSTRAP_SERVER: '127.0.0.1:1', WAREHOUSE: 'duckdb', DUCKDB_PATH: ':memory:' };
    const METRICS_PORT = String(await freePort());
    const ingester = await start({ args: ['ingester'], env: { ...settings, METRICS_PORT } });
    await eventually(() => ingester.exec('node', '/app/healthcheck.mjs').status === 0, {
      timeoutMs: 120_000,
      describe: 'the service is alive',
    });
    expect(ingester.exec('/app/entrypoint.sh', 'operator', '--version').output).toBe(`${facts.version}\n`);
    ingester.exec('sh', '-c', 'kill -USR2 1');
    await ingester.process.waitForLine('limit', { timeoutMs: 60_000 });
    expect(await ingester.stop('TERM')).toBe(0);
  });

  it('tells an invalid configuration by exit code 78', async () => {
    const ingester = await start({ args: ['ingester'], env: { WAREHOUSE: 'oracle' } });
    expect((await ingester.process.exited).code).toBe(78);
    expect(ingester.process.lastLines()).toMatch(/WAREHOUSE.*oracle/);
  });
});
