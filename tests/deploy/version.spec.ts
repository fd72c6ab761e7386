import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';

const textOf = (path: string): string => readFileSync(join(REPOSITORY_ROOT, path), 'utf8');
const { version } = JSON.parse(textOf('package.json')) as { version: string };

describe('the version of package.json', () => {
  it('is the version in the lock file', () => {
    expect(JSON.parse(textOf('package-lock.json'))).toMatchObject({ version, packages: { '': { version } } });
  });

  it('is the newest released version in the changelog', () => {
    expect(/^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$/m.exec(textOf('CHANGELOG.md'))?.[1]).toBe(version);
  });

  it('is the version in the image label', () => {
    expect(textOf('docker/Dockerfile')).toContain(`\nARG VERSION=${version}\n`);
  });

  it('is the tag of our image in every manifest and document', () => {
    const paths = globSync(['deploy/**/*.{yaml,md}', 'docker/*', 'docs/*.md', '*.md'], {
      cwd: REPOSITORY_ROOT,
    });
    const tags = paths
      .filter((path) => !path.endsWith('secrets'))
      .flatMap((path) => [...textOf(path).matchAll(/caves-albert-ingestion:([\w.]+)|newTag: (\S+)/g)]);
    expect(tags.length).toBeGreaterThan(3);
    for (const [, image, newTag] of tags) expect(image ?? newTag).toBe(version);
  });

  it.each(['ingester', 'operator', 'producer'])('is what %s --version prints', (app) => {
    const main = join(REPOSITORY_ROOT, `dist/apps/${app}/src/main.js`);
    const { stdout, status } = spawnSync(process.execPath, [main, '--version'], { encoding: 'utf8' });
    expect({ stdout, status }).toEqual({ stdout: `${version}\n`, status: 0 });
  });
});
