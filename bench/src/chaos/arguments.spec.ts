import { parseArguments } from './arguments.js';

describe('the command line of a chaos run', () => {
  it('runs three ingesters on Snowflake for five minutes, with a new seed', () => {
    expect(parseArguments([], 99)).toEqual({
      kind: 'run',
      arguments: {
        minutes: 5,
        seed: 99,
        engine: 'snowflake',
        brokers: 1,
        ingesters: 3,
        partitions: 6,
        rate: 200,
        isPlanOnly: false,
      },
    });
  });

  it('takes a seed, parts of a minute, and DuckDB with its one ingester', () => {
    const args = ['--seed', '7', '--minutes', '0.5', '--warehouse', 'duckdb', '--plan'];
    expect(parseArguments(args, 99)).toMatchObject({
      arguments: { seed: 7, minutes: 0.5, engine: 'duckdb', ingesters: 1, isPlanOnly: true },
    });
  });

  it('names every fault at once', () => {
    const args = ['--seed', '1.5', '--minutes', 'x', '--warehouse', 'oracle', '--brokers', '2', '--rate', ''];
    expect(parseArguments(args, 99)).toEqual({
      kind: 'invalid',
      faults: [
        '--warehouse is "oracle"; expected snowflake or streaming or duckdb.',
        '--minutes is "x"; expected a number above 0, at most 10000.',
        '--seed is "1.5"; expected an integer from 0 to 4294967295.',
        '--brokers is "2"; expected 1 or 3.',
        '--rate is ""; expected an integer from 1 to 10000.',
      ],
    });
    expect(parseArguments(['--warehouse', 'duckdb', '--ingesters', '2'], 99)).toEqual({
      kind: 'invalid',
      faults: ['--ingesters must be 1 with --warehouse duckdb: DuckDB lets one process in.'],
    });
    expect(parseArguments(['--sed', '1'], 99)).toMatchObject({ faults: [expect.stringContaining('--sed')] });
  });
});
