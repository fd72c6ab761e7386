import { sparkline, summaryLine, summaryLines, type LiveState } from './live-summary.js';
import type { Paint } from '../screen/screen.js';

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
    expect(summaryLines(STATE, plain)).toEqual([
      '  0:42  Ctrl-C stops',
      '',
      '  produced          8,412      200 /s',
      '  stored            8,310      198 /s  ▁▅█',
      '                            ORDER_CREATED 5,817, INVENTORY_ADJUSTED 2,493',
      '  dead letters         84   invalid_schema 51, json_decode 33',
      '  lag                  18',
      '  last batch          100   written in 41 ms, just now',
      '  latency          520 ms   from event to warehouse',
    ]);
  });

  it('shows dashes for what is not known yet', () => {
    const lines = summaryLines({ ...STATE, lag: null, lastBatch: null, latencySeconds: null }, plain);
    expect(lines.slice(-3)).toEqual([
      '  lag                   -',
      '  last batch            -',
      '  latency               -   from event to warehouse',
    ]);
  });

  it('shows how much of the goal has reached its end', () => {
    const [first] = summaryLines({ ...STATE, goal: 16_788, phase: '' }, plain);
    expect(first).toBe(`  0:42  ${'█'.repeat(12)}${'░'.repeat(12)}  50% of 16,788`);
  });

  it('says how long ago the last batch was, once it is more than a moment', () => {
    const lines = summaryLines(
      { ...STATE, lastBatch: { events: 1, seconds: 1.26, agoSeconds: 34.4 } },
      plain,
    );
    expect(lines).toContain('  last batch            1   written in 1.3 s, 34 s ago');
  });

  it('adds a line for skipped messages only where there are some, and one for each notice', () => {
    const lines = summaryLines({ ...STATE, skipped: 3, notices: ['10:00:00 Kafka is away'] }, plain);
    expect(lines).toContain('  skipped               3');
    expect(lines.at(-1)).toBe('  10:00:00 Kafka is away');
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
