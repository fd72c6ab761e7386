import { readFileSync } from 'node:fs';
import { MUTANTS } from './run-mutants.js';

describe('mutants', () => {
  it.each(MUTANTS.map((mutant): [string, (typeof MUTANTS)[number]] => [mutant.name, mutant]))(
    '%s takes out a text that its file has once',
    (_, { file, text }) => {
      expect(readFileSync(file, 'utf8').split(text)).toHaveLength(2);
    },
  );

  it('have names of their own', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });
});
