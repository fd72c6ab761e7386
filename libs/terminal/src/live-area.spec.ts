import { LiveArea } from './index.js';

const lines = (...all: string[]) => ({ lines: () => all });

describe('a live area', () => {
  let written: string[];
  let resized: () => void;
  let output: { write: (text: string) => unknown; columns?: number; rows?: number };
  let area: LiveArea;
  beforeEach(() => {
    written = [];
    output = {
      write: (text: string) => written.push(text),
      ...{ on: (_event: string, listener: () => void) => (resized = listener), off: () => undefined },
    };
    area = new LiveArea(output);
  });

  it('is drawn over itself, with the cursor hidden and lines that do not wrap', () => {
    area.show(lines('one', 'two'));
    area.show(lines('three'));
    expect(written.join('')).toBe(
      '\u001B[?25l\u001B[?7l' +
        'one\u001B[K\ntwo\u001B[K\n\u001B[J' +
        '\r\u001B[2A' +
        'three\u001B[K\n\u001B[J',
    );
    area.end();
  });

  it('stays, or is erased, and the terminal is restored once', () => {
    area.show(lines('one'));
    written.length = 0;
    area.end();
    area.end();
    area.clear();
    expect(written.join('')).toBe('\u001B[?7h\u001B[?25h');

    area.show(lines('two'));
    written.length = 0;
    area.clear();
    area.clear();
    expect(written.join('')).toBe('\r\u001B[1A\u001B[J\u001B[?7h\u001B[?25h');
  });

  it('restores the terminal when the process ends', () => {
    const listeners = process.listenerCount('exit');
    area.show(lines('one'));
    expect(process.listenerCount('exit')).toBe(listeners + 1);
    area.end();
    expect(process.listenerCount('exit')).toBe(listeners);
  });

  it('fits the terminal: without the last words of a line, and the last lines', () => {
    Object.assign(output, { columns: 12, rows: 3 });
    area.show(lines('stored 1,234,567', 'lag 1', 'more'));
    expect(written.at(-1)).toBe('stored …\u001B[K\nlag 1\u001B[K\n\u001B[J');
    area.end();
  });

  it('takes a terminal that says 0 columns for one of unknown size', () => {
    Object.assign(output, { columns: 0, rows: 0 });
    area.show(lines('stored 1,234,567'));
    expect(written.at(-1)).toContain('stored 1,234,567');
    area.end();
  });

  it('erases what the terminal has wrapped when it became narrower', () => {
    Object.assign(output, { columns: 40, rows: 10 });
    area.show(lines('one two three four', 'five'));
    Object.assign(output, { columns: 7 });
    resized();
    expect(written.at(-1)).toBe('\r\u001B[4Aone …\u001B[K\nfive\u001B[K\n\u001B[J');
    area.end();
  });

  it('draws the screen again after a resize, with as many of the lines above as there is room for', () => {
    Object.assign(output, { columns: 40, rows: 10 });
    const above = (columns: number) => ['first', 'second', `third of ${columns}`];
    area.show({ lines: (columns) => [`${columns} columns`], above });
    Object.assign(output, { columns: 30, rows: 4 });
    resized();
    expect(written.at(-1)).toBe('\u001B[Hsecond\u001B[K\nthird of 30\u001B[K\n30 columns\u001B[K\n\u001B[J');
    Object.assign(output, { rows: 2 });
    resized();
    expect(written.at(-1)).toBe('\u001B[H30 columns\u001B[K\n\u001B[J');
    area.end();
  });
});
