import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';
import { edit, inGit, releaseRepository } from './release-repository.js';
import { findTool, outputOf } from './tools.js';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
const IMAGE = 'registry.example.com/caves-albert-ingestion';
const { version } = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'package.json'), 'utf8')) as {
  version: string;
};
const [kustomize, git] = [findTool('kustomize', 'the release script'), findTool('git', 'the release script')];

(kustomize === null || git === null ? describe.skip : describe)('npm run release', () => {
  let folder: string;
  let programs: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'release-'));
    programs = mkdtempSync(join(tmpdir(), 'release-programs-'));
    // No docker and no buildah: nothing leaves this machine.
    for (const name of ['git', 'tar', 'gzip', 'npm', 'sh', 'kustomize'])
      symlinkSync(findTool(name, 'the release script') ?? '', join(programs, name));
    releaseRepository(folder);
  });

  afterEach(() => {
    inGit(folder, 'reset', '--quiet', '--hard');
    inGit(folder, 'clean', '--quiet', '-d', '--force');
  });

  afterAll(() => {
    for (const each of [folder, programs]) rmSync(each, { recursive: true });
  });

  function release(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const GIT = { GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.com' };
    const env = { PATH: [programs, dirname(process.execPath)].join(delimiter), HOME: tmpdir(), ...GIT };
    return spawnSync(process.execPath, ['tools/release/main.mjs', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
  }

  const written = (name: string): string =>
    readFileSync(join(folder, '.local/release', version, name), 'utf8');

  /** The production overlay in the archive, as it renders. */
  function production(): string {
    const to = mkdtempSync(join(tmpdir(), 'release-manifests-'));
    try {
      const name = `caves-albert-ingestion-${version}-kubernetes`;
      outputOf('tar', ['-xzf', join(folder, '.local/release', version, `${name}.tar.gz`), '-C', to]);
      const rendered = outputOf(kustomize ?? '', ['build', join(to, name, 'overlays/production')]);
      expect(`${rendered}\n`).toBe(`${readFileSync(join(to, name, 'rendered/production.yaml'), 'utf8')}\n`);
      return rendered;
    } finally {
      rmSync(to, { recursive: true });
    }
  }

  it('a dry run writes manifests, bill of materials, notes and checksums, and no tag', () => {
    const { status, stdout, stderr } = release('--dry-run');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('not built (--dry-run)');
    const checked = outputOf('sha256sum', ['--check', 'SHA256SUMS'], {
      cwd: join(folder, '.local/release', version),
    });
    expect(checked.trimEnd().split('\n')).toHaveLength(4);
    const sbom = JSON.parse(written(`caves-albert-ingestion-${version}.cdx.json`)) as {
      bomFormat: string;
      metadata: { component: { version: string } };
      components: { name: string }[];
    };
    expect({ format: sbom.bomFormat, of: sbom.metadata.component.version }).toEqual({
      format: 'CycloneDX',
      of: version,
    });
    const packages = sbom.components.map(({ name }) => name);
    expect(packages).toContain('kafkajs');
    expect(packages.filter((name) => ['jest', 'node', 'typescript'].includes(name))).toEqual([]);
    expect(production()).toContain(`image: ${IMAGE}:${version}\n`);
    expect(inGit(folder, 'tag')).toBe('');
  });

  it.each([IMAGE, 'registry.example.com:5000/wine/ingestion'])(
    'with the digest of %s, the manifests have it, and a tag has the notes',
    (image) => {
      const { status, stderr } = release('--image', image, '--digest', DIGEST);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(production()).toContain(`image: ${image}:${version}@${DIGEST}\n`);
      expect(production()).toContain(`name: ingester-schema-${version}\n`);
      expect(JSON.parse(written('release.json'))).toMatchObject({
        image: `${image}:${version}`,
        digest: DIGEST,
        revision: inGit(folder, 'rev-parse', `v${version}^{commit}`).trim(),
      });
      expect(inGit(folder, 'tag', '--list', '--format=%(contents)')).toContain(written('notes.md').trim());

      const again = release('--image', image, '--digest', DIGEST);
      expect(again).toMatchObject({
        status: 1,
        stderr: expect.stringContaining(`The tag v${version} exists`),
      });
      inGit(folder, 'tag', '--delete', `v${version}`);
    },
  );

  it('names every place that contradicts the rest, and what is not committed', () => {
    const changes: [string, RegExp | string, string, string][] = [
      ['package-lock.json', /"version": "[\d.]+"/, '"version": "0.9.0"', 'package-lock.json has 0.9.0'],
      ['CHANGELOG.md', '## [Unreleased]\n', '## [Unreleased]\n\n- A change.\n', 'changes under [Unreleased]'],
      ['CHANGELOG.md', `## [${version}]`, '## [0.9.0]', 'the newest version, has 0.9.0'],
      ['CHANGELOG.md', /(?<=^## \[\d.*\] - )\S+/m, 'soon', 'CHANGELOG.md: 0.9.0 has no date'],
      ['docker/Dockerfile', `ARG VERSION=${version}`, 'ARG VERSION=0.9.0', 'ARG VERSION, has 0.9.0'],
      ['docker/Dockerfile', 'licenses="UNLICENSED"', 'licenses="MIT"', 'the label licenses, has MIT'],
      ['LICENSE', '(UNLICENSED)', '(MIT)', 'LICENSE, in brackets, has MIT'],
      ['docker/compose.yaml', `ingestion:${version}`, 'ingestion:0.9.0', 'docker/compose.yaml has 0.9.0'],
      [
        'deploy/kubernetes/overlays/local/kustomization.yaml',
        /newTag: \S+/,
        'newTag: 0.9.0',
        'local/kustomization.yaml has 0.9.0',
      ],
    ];
    for (const [path, from, to] of changes) edit(folder, path, (text) => text.replace(from, to));
    const { status, stderr } = release('--dry-run');
    expect(status).toBe(1);
    for (const [, , , expected] of changes) expect(stderr).toContain(expected);
    expect(stderr).toContain('changes that are not committed:\n M CHANGELOG.md');
    expect(stderr.match(/^- /gm)).toHaveLength(changes.length + 1);
  });

  it('asks for a digest where no image can be built', () => {
    const { status, stderr } = release('--image', IMAGE);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('--digest sha256:') });
    expect(inGit(folder, 'tag')).toBe('');
  });

  it.each([
    [['--image', 'registry.example.com/name:1.0.0'], 'without a version'],
    [['--image', IMAGE, '--digest', 'latest'], '64 hexadecimal digits'],
    [['--publish'], 'Usage: npm run release'],
    [[], '--image is missing'],
  ])('refuses the arguments %j', (args, expected) => {
    expect(release(...args)).toMatchObject({ status: 1, stderr: expect.stringContaining(expected) });
  });
});
