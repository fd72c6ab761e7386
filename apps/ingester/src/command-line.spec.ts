import { parseCommandLine } from './command-line.js';

describe('parseCommandLine', () => {
  it.each([
    [[], 'run'],
    [['check'], 'check'],
  ] as const)('reads %j as %s', (args, task) => {
    expect(parseCommandLine([...args])).toEqual({ kind: 'run', arguments: task });
  });

  it.each([['--help'], ['-h'], ['check', '--help']])('prints its help for %j', (...args) => {
    const text = expect.stringMatching(/^Usage: ingester .*\bcheck: .*\bExit codes: /s);
    expect(parseCommandLine(args)).toEqual({ kind: 'print', text });
  });

  it.each(['--version', '-V'])('prints its version for %s', (option) => {
    expect(parseCommandLine([option])).toEqual({
      kind: 'print',
      text: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each([['--hlep'], ['start'], ['check', 'kafka'], ['-x'], ['--version=1'], [''], ['--', 'x']])(
    'rejects %j instead of starting',
    (...args) => {
      expect(parseCommandLine(args)).toEqual({
        kind: 'invalid',
        faults: [expect.stringMatching(/^\w.*\.$/)],
      });
    },
  );
});
