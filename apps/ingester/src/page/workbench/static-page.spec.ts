import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LETTER_TYPES } from '#pipeline';
import { DEAD_LETTER_STATUSES } from '#warehouse';

const PAGE = readFileSync(join(import.meta.dirname, '../static/workbench.html'), 'utf8');

function optionsOf(name: string): string[] {
  const [, select = ''] = new RegExp(`<select name="${name}">([^]*?)</select>`).exec(PAGE) ?? [];
  return [...select.matchAll(/<option>(.*?)<\/option>/g)].map(([, option = '']) => option);
}

describe('the filter of the workbench', () => {
  it('offers every status and every reason', () => {
    expect(optionsOf('status')).toEqual([...DEAD_LETTER_STATUSES, 'all']);
    expect(optionsOf('type')).toEqual([...LETTER_TYPES]);
  });
});
