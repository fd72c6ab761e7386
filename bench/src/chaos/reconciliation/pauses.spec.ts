import { longestPause } from './pauses.js';

describe('the longest pause', () => {
  it('is found in the partition that has it, whatever the order of the rows', () => {
    const rows = [
      { partition: 0, atMs: 1_000 },
      { partition: 1, atMs: 9_000 },
      { partition: 0, atMs: 4_000 },
      { partition: 1, atMs: 4_500 },
      { partition: 1, atMs: 5_000 },
    ];
    expect(longestPause(rows, 1_000)).toEqual({ partition: 1, seconds: 4 });
    expect(longestPause(rows, -9_000)).toEqual({ partition: 1, seconds: 13.5 });
    expect(longestPause([], 0)).toBeNull();
  });
});
