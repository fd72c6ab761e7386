import { Repetition } from './repetition.js';

describe('Repetition', () => {
  it('reports each power of two', () => {
    const repetition = new Repetition();
    const noted = Array.from({ length: 10 }, () => repetition.note('a', 0));
    expect(noted).toEqual([1, 2, null, 4, null, null, null, 8, null, null]);
  });

  it('starts over after ten quiet minutes', () => {
    const repetition = new Repetition();
    repetition.note('a', 0);
    repetition.note('b', 500_000);
    expect(repetition.note('a', 600_000)).toBe(1);
    expect(repetition.note('b', 600_000)).toBe(2);
  });

  it('remembers a bounded number of things', () => {
    const repetition = new Repetition();
    for (let index = 0; index < 1_000; index += 1) repetition.note(`thing ${index}`, 0);
    expect(repetition.note('thing 999', 0)).toBe(2);
    expect(repetition.note('thing 0', 0)).toBe(1);
  });
});
