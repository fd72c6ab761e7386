import { UsageError } from './failures.js';
import { parseId, parseInteger, parseOffsets, parseRate, parseTime, parseWord, parseWords } from './parse.js';

describe('parseId', () => {
  it('returns topic, partition and offset, even if the topic contains dashes', () => {
    expect(parseId('sales_events-3@1042')).toEqual({ topic: 'sales_events', partition: 3, offset: 1042 });
    expect(parseId('a-1-b-0@7')).toEqual({ topic: 'a-1-b', partition: 0, offset: 7 });
  });

  it.each(['', 'sales_events', 'sales_events-3', 'sales_events@3', '-3@4', 'a-3@-4', 'a-b@4', 'a-3@4x'])(
    'rejects %j',
    (text) => {
      expect(() => parseId(text)).toThrow(UsageError);
    },
  );
});

describe('parseTime', () => {
  const NOW = Date.parse('2026-03-01T12:00:00Z');

  it.each([
    ['2026-01-31', '2026-01-31T00:00:00Z'],
    ['2026-01-31T18:00', '2026-01-31T18:00:00Z'],
    ['2026-01-31 18:00:30', '2026-01-31T18:00:30Z'],
    ['2026-01-31T18:00:00.5Z', '2026-01-31T18:00:00.500Z'],
    ['2026-01-31T18:00+02:00', '2026-01-31T16:00:00Z'],
    ['90m', '2026-03-01T10:30:00Z'],
    ['2h', '2026-03-01T10:00:00Z'],
    ['3d', '2026-02-26T12:00:00Z'],
    ['10s', '2026-03-01T11:59:50Z'],
  ])('parses %s as %s', (text, expected) => {
    expect(parseTime('--since', text, NOW)).toBe(Date.parse(expected));
  });

  it.each([
    '',
    'noon',
    '2026-02-31',
    '2026-13-01',
    '31.01.2026',
    '2026-01-31T25:00',
    '2w',
    '-2h',
    '1769882400',
  ])('rejects %j', (text) => {
    expect(() => parseTime('--since', text, NOW)).toThrow(`--since is "${text}"`);
  });
});

describe('parseOffsets', () => {
  it('accepts one offset or an inclusive range', () => {
    expect(parseOffsets('--offset', '7')).toEqual({ first: 7, last: 7 });
    expect(parseOffsets('--offset', '7-9')).toEqual({ first: 7, last: 9 });
  });

  it.each(['', '9-7', '7-', '-7', '7..9', 'x'])('rejects %j', (text) => {
    expect(() => parseOffsets('--offset', text)).toThrow(`--offset is "${text}"`);
  });
});

describe('parseInteger and parseRate', () => {
  it('require a whole number within the bounds', () => {
    expect(parseInteger('--partition', '0', 0)).toBe(0);
    for (const text of ['', '-1', '1.5', '1e3', '9'.repeat(20)]) {
      expect(() => parseInteger('--partition', text, 0)).toThrow(UsageError);
    }
    expect(() => parseInteger('--max-attempts', '0', 1)).toThrow('at least 1');
  });

  it('require a rate above 0', () => {
    expect(parseRate('--rate', '0.5')).toBe(0.5);
    for (const text of ['', '0', '-1', 'fast', 'Infinity']) {
      expect(() => parseRate('--rate', text)).toThrow(UsageError);
    }
  });
});

describe('parseWord and parseWords', () => {
  it('accept only known words, and return them in their defined order', () => {
    expect(parseWord('--type', 'b', ['a', 'b'])).toBe('b');
    expect(parseWords('--by', 'c, a', ['a', 'b', 'c'])).toEqual(['a', 'c']);
    expect(() => parseWord('--type', 'a,b', ['a', 'b'])).toThrow('expected one of a, b');
    expect(() => parseWords('--by', 'a,x', ['a', 'b'])).toThrow('--by is "a,x"; expected one of a, b');
    expect(() => parseWords('--by', '', ['a', 'b'])).toThrow(UsageError);
  });
});
