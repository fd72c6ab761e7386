import { beginningOf, cutLine, displayWidth, wrapLine, wrapText } from './index.js';

describe('displayWidth', () => {
  it.each([
    ['plain', 5],
    ['Château', 7],
    ['Cha\u0302teau', 7],
    ['漢字', 4],
    ['🍷', 2],
    ['e\u200bf', 2],
    ['\u001B[32mgreen\u001B[39m', 5],
    ['▁▅█', 3],
  ])('of %j is %d columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe('beginningOf', () => {
  it.each([
    ['abc', 2, 'ab'],
    ['漢字', 3, '漢'],
    ['Cha\u0302teau', 3, 'Cha\u0302'],
    ['a🍷b', 3, 'a🍷'],
  ])('of %j in %d columns is %j', (text, columns, beginning) => {
    expect(beginningOf(text, columns)).toBe(beginning);
  });
});

describe('wrapLine', () => {
  it('breaks between words, and indents like the line', () => {
    expect(wrapLine('  one two  three', 9)).toEqual(['  one two', '  three']);
    expect(wrapLine('  one two three', 9, 2)).toEqual(['  one two', '    three']);
    expect(wrapLine('one', 3)).toEqual(['one']);
    expect(wrapLine('one two three', 13)).toEqual(['one two three']);
  });

  it('aligns continuations with the text behind a label', () => {
    expect(wrapLine('  Reason   one two three four', 24, 9)).toEqual([
      '  Reason   one two three',
      '           four',
    ]);
    expect(wrapLine('one two three', 9, 2)).toEqual(['one two', '  three']);
  });

  it('indents like the text, wherever its colour begins', () => {
    expect(wrapLine('  \u001B[2m  one two\u001B[22m', 8)).toEqual(['  \u001B[2m  one', '    two\u001B[22m']);
  });

  it('keeps a word whole that is longer than a line', () => {
    expect(wrapLine('to .local/data/warehouse.duckdb now', 8)).toEqual([
      'to',
      '.local/data/warehouse.duckdb',
      'now',
    ]);
    expect(wrapLine('a-word-that-does-not-fit at all', 9)).toEqual(['a-word-that-does-not-fit', 'at all']);
  });

  it('does not count colours', () => {
    expect(wrapText('\u001B[1mone two\u001B[22m\nthree', 7)).toBe('\u001B[1mone two\u001B[22m\nthree');
  });
});

describe('cutLine', () => {
  it('leaves out whole words', () => {
    expect(cutLine('lag 1,234', 9)).toBe('lag 1,234');
    expect(cutLine('lag 1,234', 8)).toBe('lag …');
    expect(cutLine('1,234', 3)).toBe('…');
  });

  it('ends the colours of what it leaves out', () => {
    expect(cutLine('\u001B[32mone two three\u001B[39m', 10)).toBe('\u001B[32mone two\u001B[0m …');
  });
});
