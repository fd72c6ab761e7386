import type { Paint } from '#terminal';
import { sparkline, summaryLine, summaryLines, type LiveState } from './live-summary.js';
import { displayWidth } from '#terminal';

const plain: Paint = (_, text) => text;
const STATE: LiveState = {
  seconds: 42,
  phase: 'Ctrl-C stops',
  goal: null,
  produced: 8412,
  producedPerSecond: 200.4,
  stored: new Map([
    ['INVENTORY_ADJUSTED', 2493],
    ['ORDER_CREATED', 5817],
    ['other', 0],
  ]),
  storedPerSecond: 198,
  history: [0, 100, 200],
  deadLetters: new Map([
    ['json_decode', 33],
    ['invalid_schema', 51],
    ['too_large', 0],
  ]),
  skipped: 0,
  lag: 18,
  lastBatch: { events: 100, seconds: 0.041, agoSeconds: 0.3 },
  latencySeconds: 0.52,
  notices: [],
};

describe('summaryLines', () => {
  it('shows every number in its place', () => {
    expect(summaryLines(STATE, plain, 80)).toEqual([
      '  0:42  Ctrl-C stops',
      '',
      '  produced            8,412      200 /s',
      '  stored              8,310      198 /s  ▁▅█',
      '                              ORDER_CREATED 5,817, INVENTORY_ADJUSTED 2,493',
      '  dead letters           84   invalid_schema 51, json_decode 33',
      '  lag                    18',
      '  last batch            100   written in 41 ms, just now',
      '  latency            520 ms   from event to warehouse',
    ]);
  });

  it('shows dashes for what is not known yet', () => {
    const lines = summaryLines({ ...STATE, lag: null, lastBatch: null, latencySeconds: null }, plain, 80);
    expect(lines.slice(-3)).toEqual([
      '  lag                     -',
      '  last batch              -',
      '  latency                 -   from event to warehouse',
    ]);
  });

  it('shows how much of the goal has reached its end', () => {
    const [first] = summaryLines({ ...STATE, goal: 16_788, phase: '' }, plain, 80);
    expect(first).toBe(`  0:42  ${'█'.repeat(12)}${'░'.repeat(12)}  50% of 16,788`);
  });

  it('says how long ago the last batch was, once it is more than a moment', () => {
    const lines = summaryLines(
      { ...STATE, lastBatch: { events: 1, seconds: 1.26, agoSeconds: 34.4 } },
      plain,
      80,
    );
    expect(lines).toContain('  last batch              1   written in 1.3 s, 34 s ago');
  });

  it('adds a line for skipped messages only where there are some, and one for each notice', () => {
    const lines = summaryLines({ ...STATE, skipped: 3, notices: ['10:00:00 Kafka is away'] }, plain, 80);
    expect(lines).toContain('  skipped                 3');
    expect(lines.at(-1)).toBe('  10:00:00 Kafka is away');
  });
});

describe('summaryLines in a terminal of any width', () => {
  const large: LiveState = {
    ...STATE,
    goal: 12_345_678,
    phase: 'Ctrl-C stops, stores what is left and closes the ledger',
    produced: 12_345_678,
    producedPerSecond: 123_456,
    stored: new Map([
      ['ORDER_CREATED', 8_765_432],
      ['INVENTORY_ADJUSTED', 3_210_987],
      ['other', 54_321],
    ]),
    storedPerSecond: 98_765,
    history: Array.from({ length: 40 }, (_, index) => index),
    deadLetters: new Map(
      ['invalid_schema', 'json_decode', 'not_an_object'].map((type, at) => [type, 11_111 + at]),
    ),
    skipped: 4_321,
    lag: 1_234_567,
    lastBatch: { events: 20_000, seconds: 12.3, agoSeconds: 3_456 },
    latencySeconds: 4_567,
    notices: [`10:00:00 ${'Kafka does not respond '.repeat(20)}`],
  };
  const numbersOf = (lines: readonly string[]) => lines.join('\n').match(/\d[\d,.]*\d|\d/g) ?? [];

  it.each([200, 100, 80, 79, 60, 54, 53, 40, 32])('of %d columns cuts no number and no word', (columns) => {
    const lines = summaryLines(large, plain, columns);
    expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([]);
    const numbers = (width: number) => numbersOf(summaryLines({ ...large, notices: [] }, plain, width));
    expect(numbers(columns)).toEqual(numbers(1_000));
  });

  it('of 80 columns continues below a number what does not fit beside it', () => {
    const lines = summaryLines(large, plain, 80);
    const at = lines.findIndex((line) => line.includes('dead letters'));
    expect(lines.slice(at, at + 2)).toEqual([
      '  dead letters       33,336   not_an_object 11,113, json_decode 11,112,',
      '                              invalid_schema 11,111',
    ]);
  });

  it('of 40 columns puts below a number what is said about it', () => {
    expect(summaryLines(STATE, plain, 40)).toEqual([
      '  0:42  Ctrl-C stops',
      '',
      '  produced            8,412',
      '    200 /s',
      '  stored              8,310',
      '    198 /s  ▁▅█',
      '    ORDER_CREATED 5,817,',
      '    INVENTORY_ADJUSTED 2,493',
      '  dead letters           84',
      '    invalid_schema 51, json_decode 33',
      '  lag                    18',
      '  last batch            100',
      '    written in 41 ms, just now',
      '  latency            520 ms',
      '    from event to warehouse',
    ]);
  });

  it('shows at most three lines of a notice', () => {
    const [first, ...others] = summaryLines(large, plain, 80).filter((line) => line.includes('Kafka'));
    expect(first).toMatch(/^ {2}10:00:00 Kafka/);
    expect(others).toHaveLength(2);
    expect(others.at(-1)).toMatch(/ …$/);
  });
});

describe('summaryLine', () => {
  it('says the same in one line', () => {
    expect(summaryLine(STATE)).toBe(
      '  0:42 | produced 8,412 (200/s) | stored 8,310 (198/s) | dead letters 84 | lag 18 | ' +
        'last batch 100 in 41 ms',
    );
  });
});

describe('sparkline', () => {
  it.each([
    [[], ''],
    [[0, 0], '▁▁'],
    [[7, 3.5, 0], '█▅▁'],
  ])('draws %j as %s', (values, text) => {
    expect(sparkline(values)).toBe(text);
  });
});
