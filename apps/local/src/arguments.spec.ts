import { parseArguments } from './arguments.js';

describe('parseArguments', () => {
  it('runs at 200 events a second until stopped by default', () => {
    expect(parseArguments([])).toEqual({
      kind: 'run',
      arguments: { events: null, rate: 200, folder: '.local' },
    });
  });

  it('produces a given number of events as fast as possible', () => {
    expect(parseArguments(['--events', '5000', '--folder', '/tmp/x'])).toEqual({
      kind: 'run',
      arguments: { events: 5000, rate: 'max', folder: '/tmp/x' },
    });
  });

  it('keeps to a rate that is given with a number of events', () => {
    expect(parseArguments(['--events', '5000', '--rate', '10.5'])).toMatchObject({
      arguments: { events: 5000, rate: 10.5 },
    });
  });

  it('names every fault at once', () => {
    expect(parseArguments(['--events', '1.5', '--rate', 'fast'])).toEqual({
      kind: 'invalid',
      faults: [
        '--events is "1.5"; expected an integer of at least 1.',
        '--rate is "fast"; expected events a second, a number above 0, or max.',
      ],
    });
  });

  it.each([['--event'], ['--events'], ['5000']])('refuses %s in one sentence', (argument) => {
    expect(parseArguments([argument])).toEqual({
      kind: 'invalid',
      faults: [expect.stringMatching(/^[^\n]+\.$/)],
    });
  });
});
