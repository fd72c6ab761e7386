import { parseArguments, seedOf } from './arguments.js';

const today = new Date('2026-11-28T12:00:00Z');
const parse = (...args: string[]) => parseArguments(args, 5, today);

describe('the arguments of the simulation', () => {
  it('run one world with a new seed by default', () => {
    expect(parse()).toMatchObject({ kind: 'run', arguments: { firstSeed: 5, seeds: 1, minutes: 5 } });
  });

  it('can take the seed from the date, the same for everybody', () => {
    expect(parse('--day')).toMatchObject({ arguments: { firstSeed: 2_026_112_800 } });
    expect(seedOf(new Date('2026-11-28T23:59:59Z'))).toBe(seedOf(today));
  });

  it('can run until a number of hours is simulated', () => {
    expect(parse('--hours', '50')).toMatchObject({ arguments: { seeds: Infinity, hours: 50 } });
  });

  it('report every fault at once', () => {
    expect(parse('--seeds', 'many', '--day', '--seed', '1', '--tolerate', 'rain')).toEqual({
      kind: 'invalid',
      faults: [
        '--day and --seed exclude each other.',
        '--tolerate names no known fault: rain.',
        '--seeds is "many"; expected an integer from 1 to 1000000.',
      ],
    });
    expect(parse('--sed', '1')).toMatchObject({ kind: 'invalid' });
  });
});
