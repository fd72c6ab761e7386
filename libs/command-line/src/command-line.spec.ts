import { jest } from '@jest/globals';
import {
  exitCodeOf,
  Faults,
  integer,
  listOf,
  oneOf,
  orMax,
  parse,
  positiveNumber,
  program,
  SHARE,
  someOf,
} from './index.js';

const command = () =>
  program('sell', 'Sells wine.')
    .option('--rate <R>', 'bottles a day', '1')
    .option('--seed <S>', 'of the prices')
    .version('1.2.3', '--version', 'print the version')
    .addHelpText('after', '\nExit codes: 0 sold.');
const parsed = (...args: string[]) => {
  const given = command();
  return parse(given, args, (faults) => {
    const { rate, seed } = given.opts<{ rate: string; seed?: string }>();
    return {
      rate: faults.read('--rate', rate, positiveNumber('bottles a day, a number'), 1),
      seed: faults.read('--seed', seed, integer(0, 9), 5),
    };
  });
};

describe('a command line', () => {
  it('becomes the arguments that its options stand for', () => {
    expect(parsed()).toEqual({ kind: 'run', arguments: { rate: 1, seed: 5 } });
    expect(parsed('--rate', '2.5', '--seed=0')).toEqual({ kind: 'run', arguments: { rate: 2.5, seed: 0 } });
  });

  it('is refused with all its invalid values at once', () => {
    expect(parsed('--rate', '0', '--seed', ' ')).toEqual({
      kind: 'invalid',
      faults: [
        '--rate is "0"; expected bottles a day, a number above 0.',
        '--seed is " "; expected an integer from 0 to 9.',
      ],
    });
  });

  it.each([
    [['--rat', '5'], "Unknown option '--rat' (Did you mean --rate?)."],
    [['five'], 'Too many arguments. Expected 0 arguments but got 1: five.'],
    [['--rate'], "Option '--rate <R>' argument missing."],
  ])('is refused in one sentence: %j', (args, fault) => {
    expect(parsed(...args)).toEqual({ kind: 'invalid', faults: [fault] });
  });

  it('ends with the exit code of what ran, 0 after its help or version, 2 where it is invalid', async () => {
    const written = { out: '', err: '' };
    const out = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((text) => !!(written.out += String(text)));
    const err = jest
      .spyOn(process.stderr, 'write')
      .mockImplementation((text) => !!(written.err += String(text)));
    try {
      expect(await exitCodeOf(parsed('--rate', 'x', '--help'), () => 7)).toBe(0);
      expect(await exitCodeOf(parsed('--version'), () => 7)).toBe(0);
      expect(await exitCodeOf(parsed('--rate', 'x'), () => 7)).toBe(2);
      expect(await exitCodeOf(parsed('--seed', '8'), ({ seed }) => seed)).toBe(8);
    } finally {
      out.mockRestore();
      err.mockRestore();
    }
    expect(written.out).toMatch(
      /^Usage: sell \[options\]\n\nSells wine\.\n\nOptions:\n {2}--rate <R> {2}bottles a day/,
    );
    expect(written.out).toMatch(/\nExit codes: 0 sold\.\n1\.2\.3\n$/);
    expect(written.err).toBe('--rate is "x"; expected bottles a day, a number above 0.\nSee --help.\n');
  });
});

describe('the text of an option', () => {
  it('is an integer within limits', () => {
    expect(['1', '20', '0', '21', '1.5', '', 'x'].map(integer(1, 20).parse)).toEqual([
      1,
      20,
      ...Array<undefined>(5).fill(undefined),
    ]);
  });

  it('is a share, one word of several, or some of them', () => {
    expect(['0', '1', '1.1', '-0.1'].map(SHARE.parse)).toEqual([0, 1, undefined, undefined]);
    expect(['3', '2'].map(oneOf([1, 3]).parse)).toEqual([3, undefined]);
    expect(['b, a', 'a,c', 'a,', ''].map(someOf(['a', 'b']).parse)).toEqual([
      ['a', 'b'],
      undefined,
      undefined,
      undefined,
    ]);
    expect(['2', 'max', '0'].map(orMax(positiveNumber()).parse)).toEqual([2, 'max', undefined]);
    expect(listOf(' a,,b ')).toEqual(['a', 'b']);
  });

  it('is quoted in its fault, unless it holds a secret', () => {
    const faults = new Faults();
    faults.read('--seed', 'user:secret@kafka:9092', integer(0), 1);
    expect(faults.all).toEqual([expect.not.stringContaining('secret@')]);
  });
});
