import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '#testing';

describe('docs/reliability.md', () => {
  it('names tests for each promise, and only files that are there', async () => {
    const text = await readFile(join(REPOSITORY_ROOT, 'docs/reliability.md'), 'utf8');
    const promises = text.split(/^### (?=\d)/m).slice(1);
    expect(promises.length).toBeGreaterThanOrEqual(10);
    for (const promise of promises) expect(promise).toMatch(/\]\(\.\.\/[^)]+\.spec\.ts\)/);

    const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(30);
    expect(links.filter((link) => !existsSync(join(REPOSITORY_ROOT, 'docs', link)))).toEqual([]);
  });
});
