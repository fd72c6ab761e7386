import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadArchiverSettings, loadSettings } from '#settings';
import { REPOSITORY_ROOT } from '#testing';
import { document } from '../documents/markdown.js';
import { findTool, outputOf } from './tools.js';
import {
  environmentOf,
  FOLDER,
  read,
  scriptOf,
  services,
  volumes,
  type ComposeFile,
} from './compose-file.js';
import { parseEnvFile } from './env-file.js';

const overlay = parse(read('compose.snowflake.yaml')) as ComposeFile & {
  secrets: Record<string, { file: string }>;
};
const all = Object.entries(services).map(([name, service]) => ({ name, ...service }));
const ours = all.filter(({ build }) => build !== undefined);

describe('docker/compose.yaml', () => {
  it.each(all)('$name: its image has a version', ({ image }) => {
    expect(image).toMatch(/^[a-z\d./-]+:v?\d+\.\d+\.\d+$/);
  });

  it.each(all)('$name: its ports are open only to this machine', ({ ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:[\d-]+:\d+$/);
  });

  it('uses no port of this machine twice', () => {
    const published = all.flatMap(({ ports = [] }) => ports.map((port) => port.split(':')[1]));
    expect(new Set(published).size).toBe(published.length);
  });

  it.each(all)('$name: requests no privileges, and cannot gain any', (service) => {
    expect(service.privileged ?? false).toBe(false);
    expect([service.network_mode, service.pid]).not.toContain('host');
    expect(service.security_opt).toContain('no-new-privileges:true');
    for (const volume of service.volumes ?? []) expect(volume).not.toContain('docker.sock');
  });

  it.each(ours)('$name: runs on a read-only root, without capabilities', ({ read_only, cap_drop }) => {
    expect(read_only).toBe(true);
    expect(cap_drop).toEqual(['ALL']);
  });

  it.each(all)(
    '$name: every file and folder that it names exists',
    ({ volumes: mounts = [], ...service }) => {
      const paths = mounts.map((mount) => mount.split(':')[0] ?? '').filter((path) => path.startsWith('.'));
      for (const path of [...paths, ...(service.env_file ?? [])]) {
        expect({ path, isThere: existsSync(join(FOLDER, path)) }).toEqual({ path, isThere: true });
      }
      for (const mount of mounts.filter((each) => !each.startsWith('.'))) {
        expect(volumes).toHaveProperty(mount.split(':')[0] ?? '');
      }
    },
  );

  it('mounts every configuration that a command line names', () => {
    for (const name of ['prometheus', 'alertmanager']) {
      const file = join(REPOSITORY_ROOT, `monitoring/${name}/${name}.yml`);
      expect({ file, isThere: existsSync(file) }).toEqual({ file, isThere: true });
    }
  });

  it('waits only for services with a health check', () => {
    for (const { depends_on = {} } of all) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        const isHealthy = condition === 'service_healthy';
        expect(services[name]?.healthcheck?.test).toEqual(isHealthy ? expect.any(Array) : undefined);
        expect(['service_healthy', 'service_completed_successfully']).toContain(condition);
      }
    }
  });

  it('starts every part by default: docker/.env names all profiles', () => {
    const started = (parseEnvFile(join(FOLDER, '.env'))['COMPOSE_PROFILES'] ?? '').split(',');
    const profiles = all.flatMap(({ profiles = [] }) => profiles);
    expect(new Set(started)).toEqual(new Set(profiles));
  });

  it('gives the ingester a configuration that it accepts without a warning', () => {
    const { settings, warnings } = loadSettings(environmentOf(services['ingester']), false);
    expect(warnings).toEqual([]);
    expect(settings.warehouse.engine).toBe('duckdb');
    expect(`127.0.0.1:8000-8009:${settings.service.metricsPort}`).toBe(services['ingester']?.ports?.[0]);
    expect(services['ingester']?.volumes?.[0]?.split(':')[1]).toBe('/var/lib/ingester');
    expect(settings.duckDb?.path.startsWith('/var/lib/ingester/')).toBe(true);
  });

  it('gives the archiver a configuration that it accepts without a warning', async () => {
    const { settings, warnings } = loadArchiverSettings(await archiverEnvironment(), false);
    expect(warnings).toEqual([]);
    expect(settings.lake).toMatchObject({
      location: 's3://lake/sales',
      endpoint: 'http://s3:7070',
      pathStyle: true,
      accessKeyId: services['s3']?.environment?.['ROOT_ACCESS_KEY'],
    });
    expect(`127.0.0.1:8010:${settings.service.metricsPort}`).toBe(services['archiver']?.ports?.[0]);
  });

  it('names only settings in the environment of our services', () => {
    const known = new Set(document('docs/configuration.md').text.match(/(?<=\| `)[A-Z][A-Z\d_]+(?=` )/g));
    for (const { environment = {} } of ours)
      for (const name of Object.keys(environment))
        if (name !== 'NODE_ENV') expect(known).toContain(name.replace(/_FILE$/, ''));
  });

  it('has no secret in the file: the lake gets one at its first start', () => {
    const secretFile = '/run/lake/secret-access-key';
    const { archiver, s3, bucket } = services;
    expect(archiver?.environment?.['LAKE_SECRET_ACCESS_KEY_FILE']).toBe(secretFile);
    expect(scriptOf(s3)).toContain(`$$(cat ${secretFile})`);
    for (const service of [archiver, s3]) expect(service?.volumes).toContain('lake-secrets:/run/lake:ro');
    expect(bucket?.volumes).toContain('lake-secrets:/run/lake');
    for (const { environment = {} } of all)
      for (const name of Object.keys(environment))
        expect(name).not.toMatch(/(SECRET|PASSWORD|TOKEN)(_ACCESS)?(_KEY)?$/);
  });

  it('gives the ingester enough time to drain before it is killed', () => {
    const { settings } = loadSettings(environmentOf(services['ingester']), false);
    const graceMs = parseInt(services['ingester']?.stop_grace_period ?? '', 10) * 1000;
    expect(graceMs).toBeGreaterThanOrEqual(settings.service.drainTimeoutMs + 5_000);
  });
});

describe('docker/compose.snowflake.yaml', () => {
  it('gives the ingester a configuration for Snowflake whose key is a mounted secret', () => {
    const merged = {
      ...environmentOf(services['ingester']),
      ...parseEnvFile(join(FOLDER, 'snowflake.env.example')),
      ...overlay.services['ingester']?.environment,
    };
    expect(merged['SNOWFLAKE_PRIVATE_KEY_FILE']).toBe(
      `/run/secrets/${overlay.services['ingester']?.secrets?.[0] ?? ''}`,
    );
    const { settings, warnings } = loadSettings(
      {
        ...merged,
        SNOWFLAKE_PRIVATE_KEY_FILE: undefined,
        SNOWFLAKE_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
      },
      false,
    );
    expect(warnings).toEqual([]);
    expect(settings.snowflake?.authenticator).toBe('key_pair');
  });

  it('keeps the filled-in files out of git', () => {
    const files = Object.values(overlay.secrets).map(({ file }) => file);
    for (const file of [...files, ...(overlay.services['ingester']?.env_file ?? [])]) {
      expect(
        outputOf('git', ['check-ignore', '--no-index', `docker/${file}`], { cwd: REPOSITORY_ROOT }),
      ).toContain(file);
    }
  });
});

const composeGo = findTool('compose-go', 'docker/compose.yaml through the loader of Docker Compose');
const withComposeGo = composeGo === null ? it.skip : it;

describe('the loader of Docker Compose', () => {
  withComposeGo.each([['compose.yaml'], ['compose.yaml', 'compose.snowflake.yaml']])(
    'takes %s %s',
    (...files: (string | undefined)[]) => {
      const names = files.filter((file) => file !== undefined);
      const output = outputOf(composeGo ?? '', ['-no-path-resolution', '-format', 'json', ...names], {
        cwd: FOLDER,
      });
      const loaded = JSON.parse(output) as { services: Record<string, unknown> };
      expect(Object.keys(loaded.services).sort()).toEqual(Object.keys(services).sort());
    },
  );
});

/** With a file in place of the one that the container mounts. */
async function archiverEnvironment(): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'compose-archiver-'));
  const file = join(folder, 'secret');
  await writeFile(file, 'made-up-on-this-machine');
  return { ...environmentOf(services['archiver']), LAKE_SECRET_ACCESS_KEY_FILE: file };
}
