import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort, REPOSITORY_ROOT, ServiceProcess, spawnTied } from '#testing';
import { services, withPlaces } from './compose-file.js';
import { findTool, outputOf } from './tools.js';

/** The Go module of an image's version. Prometheus 3.13.3 is v0.313.3 there. */
const MODULES: Record<string, (version: string) => string> = {
  prometheus: (version) =>
    version.replace(
      /^v(\d+)\.(\d+)\.(\d+)$/,
      (_, major: string, minor: string, patch: string) =>
        `github.com/prometheus/prometheus@v0.${Number(major) * 100 + Number(minor)}.${patch}`,
    ),
  alertmanager: (version) => `github.com/prometheus/alertmanager@${version}`,
};
const PROGRAMS = { prometheus: 'prometheus', alertmanager: 'prometheus-alertmanager' };
const SERVICES = Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[];

const commandOf = (name: string): string[] => services[name]?.command ?? [];

describe('options in docker/compose.yaml', () => {
  const go = findTool('go', 'options of docker/compose.yaml in the sources of their version');

  (go === null ? it.skip : it).each(SERVICES)('%s of this version has each, not deprecated', (name) => {
    const version = services[name]?.image.split(':')[1] ?? '';
    const { Dir } = JSON.parse(
      outputOf(go ?? '', ['mod', 'download', '-json', MODULES[name]?.(version) ?? ''], { cwd: tmpdir() }),
    ) as { Dir: string };
    const sources = globSync(`cmd/${name}/*.go`, { cwd: Dir }).map((file) =>
      readFileSync(join(Dir, file), 'utf8'),
    );
    for (const option of commandOf(name)) {
      const [, flag = ''] = /^--([\w.-]+)=/.exec(option) ?? [];
      const [, help = 'no such option'] =
        new RegExp(`"${flag.replaceAll('.', '\\.')}", "([^"]*)"`).exec(sources.join('\n')) ?? [];
      expect({ option, help }).toEqual({
        option,
        help: expect.stringMatching(/^(?!no such option|\[DEPRECATED)/),
      });
    }
    expect(commandOf(name).length).toBeGreaterThan(1);
  });

  it.each(SERVICES)('%s starts with them and becomes healthy', async (name) => {
    const program = findTool(PROGRAMS[name], `${name} with the options of docker/compose.yaml`);
    if (program === null) return;
    const folder = await mkdtemp(join(tmpdir(), `${name}-`));
    const address = `127.0.0.1:${await freePort()}`;
    const places = {
      [`/etc/${name}`]: join(REPOSITORY_ROOT, 'monitoring', name),
      [name === 'prometheus' ? '=/prometheus' : '=/alertmanager']: `=${folder}`,
    };
    const args = commandOf(name).map((option) => withPlaces(option, places));
    // Not those of the file: other tests may use the ports.
    args.push(`--web.listen-address=${address}`);
    if (name === 'alertmanager') args.push('--cluster.listen-address=');
    const child = spawnTied(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new ServiceProcess(name, child, undefined);
    try {
      const [, path = ''] = /localhost:\d+(\S+)/.exec(services[name]?.healthcheck?.test?.at(-1) ?? '') ?? [];
      await eventually(async () => (await fetch(`http://${address}${path}`)).ok, {
        describe: `${name} is healthy`,
      });
    } catch (error) {
      throw new Error(server.lastLines(), { cause: error });
    } finally {
      await server.kill();
      await rm(folder, { recursive: true });
    }
  });
});
