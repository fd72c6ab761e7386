import { readFileSync } from 'node:fs';
import { settingsTables } from './settings-tables.js';

describe('docs/configuration.md', () => {
  it('lists every setting as the code declares it (npm run configuration updates it)', () => {
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    const tables = /<!-- settings -->\n([^]*?)<!-- end of settings -->/.exec(page)?.[1];
    expect(withoutPadding(tables ?? '')).toBe(withoutPadding(settingsTables()));
  });
});

/** Prettier aligns the columns of a table. */
function withoutPadding(markdown: string): string {
  return markdown.trim().replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
}
