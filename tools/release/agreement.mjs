// What has to agree before a release, and on every commit: the version and the licence wherever they are written.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const APPS = ['ingester', 'archiver', 'operator', 'producer'];

/** The text of the newest released version in a changelog, with its version; null if there is none. */
export function newestRelease(changelog) {
  const [section] = changelog.match(/^## \[\d[^\n]*\n[^]*?(?=^## \[|$(?![^]))/m) ?? [];
  if (section === undefined) return null;
  const [, version, date] = /^## \[([^\]]+)\](?: - (\S+))?/.exec(section) ?? [];
  return { version, date, text: section.slice(section.indexOf('\n')).trim() };
}

/** A sentence for each place in the folder that contradicts package.json. The apps have to be built. */
export function disagreements(folder) {
  const textOf = (path) => readFileSync(join(folder, path), 'utf8');
  const { version, license } = JSON.parse(textOf('package.json'));
  const found = [];
  const compare = (place, value, expected = version) => {
    if (value !== expected) found.push(`${place} has ${value ?? 'none'}, package.json has ${expected}`);
  };

  const lock = JSON.parse(textOf('package-lock.json'));
  compare('package-lock.json', lock.version);
  compare('package-lock.json, packages', lock.packages[''].version);
  const newest = newestRelease(textOf('CHANGELOG.md'));
  compare('CHANGELOG.md, the newest version,', newest?.version);
  if (!/^\d{4}-\d\d-\d\d$/.test(newest?.date ?? ''))
    found.push(`CHANGELOG.md: ${newest?.version} has no date`);

  const dockerfile = textOf('docker/Dockerfile');
  compare('docker/Dockerfile, ARG VERSION,', /^ARG VERSION=(.*)$/m.exec(dockerfile)?.[1]);
  compare('docker/Dockerfile, the label licenses,', /image\.licenses="(.*?)"/.exec(dockerfile)?.[1], license);
  compare('LICENSE, in brackets,', /\((\w+)\)/.exec(textOf('LICENSE').replace('(c)', ''))?.[1], license);

  for (const path of globSync(
    ['deploy/**/*.{yaml,md}', 'docker/*.*', 'docker/Dockerfile', 'docs/*.md', '*.md'],
    { cwd: folder },
  ))
    for (const [, image, tag] of textOf(path).matchAll(/caves-albert-ingestion:(\d[\w.-]*)|newTag: (\S+)/g))
      compare(path, image ?? tag);

  // Last, as it takes seconds.
  if (found.length > 0) return found;
  for (const app of APPS) {
    const main = join(folder, `dist/apps/${app}/src/main.js`);
    const { stdout, stderr } = spawnSync(process.execPath, [main, '--version'], { encoding: 'utf8' });
    compare(`${app} --version`, stdout.trim() || `printed ${stderr.trim().split('\n').at(-1) ?? 'nothing'}`);
  }
  return found;
}
