import { readFileSync } from 'node:fs';
import { MUTANTS } from './run-mutants.js';

describe('mutants', () => {
  it.each(MUTANTS.map((mutant): [string, (typeof MUTANTS)[number]] => [mutant.name, mutant]))(
    '%s replaces a text that occurs exactly once in its file',
    (_, { file, text }) => {
      expect(readFileSync(file, 'utf8').split(text)).toHaveLength(2);
    },
  );

  it('have unique names', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
