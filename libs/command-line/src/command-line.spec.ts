import { jest } from '@jest/globals';
import { codeOf, optionsOf } from './index.js';

const OPTIONS = { rate: { type: 'string', default: '1' }, help: { type: 'boolean' } } as const;
const USAGE = { usage: 'what it does\n', version: '1.2.3' };
const fails = () => Promise.reject(new Error('nothing was to be run'));

describe('a command line', () => {
  it('is read as texts, or refused in one sentence', () => {
    expect(optionsOf(['--rate', '5'], OPTIONS)).toEqual({ rate: '5' });
    expect(optionsOf(['--rat', '5'], OPTIONS)).toBe("Unknown option '--rat'.");
    expect(optionsOf(['five'], OPTIONS)).toMatch(/^Unexpected argument 'five'\.$/);
  });

  it('ends with the code of what was run, 0 after words about itself, 2 where it is wrong', async () => {
    const written = { out: '', err: '' };
    const out = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => !!(written.out += String(text)));
    const err = jest
      .spyOn(process.stderr, 'write')
      .mockImplementation((text) => !!(written.err += String(text)));
    try {
      expect(await codeOf({ kind: 'help' }, USAGE, fails)).toBe(0);
      expect(await codeOf({ kind: 'version' }, USAGE, fails)).toBe(0);
      expect(await codeOf({ kind: 'invalid', faults: ['one.', 'two.'] }, USAGE, fails)).toBe(2);
      expect(await codeOf({ kind: 'run', arguments: 7 }, USAGE, async (code) => code)).toBe(7);
    } finally {
      out.mockRestore();
      err.mockRestore();
    }
    expect(written).toEqual({ out: 'what it does\n1.2.3\n', err: 'one.\ntwo.\nSee --help.\n' });
  });
});
