import { quantile, spreadOf } from './statistics.js';

describe('statistics', () => {
  it('takes the middle of the two middle values of an even number', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
  });

  it('follows the way between two values', () => {
    expect(quantile([10, 20, 30], 0.75)).toBe(25);
  });

  it('refuses to say anything about nothing', () => {
    expect(() => spreadOf([])).toThrow(RangeError);
  });
});
