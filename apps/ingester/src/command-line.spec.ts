import { parseCommandLine } from './command-line.js';

describe('the command line of the ingester', () => {
  it.each([
    [[], 'run'],
    [['check'], 'check'],
    [['--version'], 'version'],
    [['-V'], 'version'],
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['check', '--help'], 'help'],
  ] as const)('reads %j as %s', (args, kind) => {
    expect(parseCommandLine([...args])).toEqual({ kind });
  });

  it.each([['--hlep'], ['start'], ['check', 'kafka'], ['-x'], ['--version=1'], [''], ['--', 'x']])(
    'refuses %j instead of starting',
    (...args) => {
      expect(parseCommandLine(args)).toEqual({ kind: 'invalid', fault: expect.stringMatching(/^\w.*\.$/) });
    },
  );
});
