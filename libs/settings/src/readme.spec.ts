import { readFileSync } from 'node:fs';
import { settingsTable } from './settings-table.js';

describe('the README', () => {
  it('lists every setting as the code has it', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const table = /<!-- settings -->\n\n([^]*?)\n\n<!-- end of settings -->/.exec(readme)?.[1];
    expect(withoutPadding(table ?? '')).toBe(withoutPadding(settingsTable()));
  });
});

/** Prettier lines up the columns of a table. */
function withoutPadding(table: string): string {
  return table.trim().replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
}
