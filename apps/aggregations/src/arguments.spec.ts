import { parseArguments } from './arguments.js';

describe('parseArguments', () => {
  it('has defaults for everything', () => {
    expect(parseArguments([])).toEqual({
      kind: 'run',
      arguments: {
        folder: '.local/aggregations',
        sql: 'aggregations',
        answers: null,
        fromStart: false,
        print: false,
        checkpointMs: 5_000,
        idleTimeoutSeconds: 60,
        deduplicationDays: 7,
        lowStockBelow: 20,
        metricsPort: null,
      },
    });
  });

  it('names every fault at once', () => {
    expect(parseArguments(['--checkpoint', '0', '--remember', 'ever'])).toEqual({
      kind: 'invalid',
      faults: [
        '--checkpoint is "0"; expected an integer from 1 to 3600.',
        '--remember is "ever"; expected an integer from 1 to 3650.',
      ],
    });
  });
});
