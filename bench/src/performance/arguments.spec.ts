import { parseArguments } from './arguments.js';

describe('the command line of the benchmark', () => {
  it('measures every row with a backlog of a million by default', () => {
    expect(parseArguments([])).toMatchObject({
      kind: 'run',
      arguments: { events: 1_000_000, rounds: 5, settings: {}, profile: false },
    });
  });

  it('takes some rows, and settings of the service', () => {
    const parsed = parseArguments([
      '--only',
      'duckdb,telemetry',
      '--set',
      'BATCH_MAX_EVENTS=5',
      '--set',
      'A=b=c',
    ]);

    if (parsed.kind !== 'run') throw new Error('not understood');
    expect(parsed.arguments.rows.map(({ name }) => name)).toEqual(['duckdb', 'telemetry']);
    expect(parsed.arguments.settings).toEqual({ BATCH_MAX_EVENTS: '5', A: 'b=c' });
  });

  it('profiles one round', () => {
    expect(parseArguments(['--profile', '--rounds', '9'])).toMatchObject({ arguments: { rounds: 1 } });
  });

  it('names every fault at once', () => {
    expect(parseArguments(['--events', '0', '--only', 'duck', '--set', 'x'])).toEqual({
      kind: 'invalid',
      faults: [
        '--events is "0"; expected an integer of at least 1.',
        expect.stringContaining('--only has no row "duck"; there are counting, '),
        '--set is "x"; expected KEY=VALUE.',
      ],
    });
  });
});
