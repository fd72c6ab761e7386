import { slices } from './sized-parts.js';

describe('slices', () => {
  const cut = (sizes: number[], limit: number) => [...slices(sizes, limit, (size) => size)];

  it('fill up to the limit and lose nothing', () => {
    expect(cut([3, 3, 3, 3, 3], 6)).toEqual([
      { first: 0, items: [3, 3] },
      { first: 2, items: [3, 3] },
      { first: 4, items: [3] },
    ]);
  });

  it('may exceed the limit by their last item', () => {
    expect(cut([50, 1, 50], 6)).toEqual([
      { first: 0, items: [50] },
      { first: 1, items: [1, 50] },
    ]);
  });

  it('do not exist for an empty list', () => {
    expect(cut([], 6)).toEqual([]);
  });
});
