import { LiveArea } from './index.js';

describe('a live area', () => {
  let written: string[];
  let area: LiveArea;
  beforeEach(() => {
    written = [];
    area = new LiveArea({ write: (text: string) => written.push(text) });
  });

  it('is drawn over itself, with the cursor hidden and lines that do not wrap', () => {
    area.show(['one', 'two']);
    area.show(['three']);
    expect(written.join('')).toBe(
      '\u001B[?25l\u001B[?7l' +
        'one\u001B[K\ntwo\u001B[K\n\u001B[J' +
        '\r\u001B[2A' +
        'three\u001B[K\n\u001B[J',
    );
  });

  it('stays, or is erased, and the terminal is restored once', () => {
    area.show(['one']);
    written.length = 0;
    area.end();
    area.end();
    area.clear();
    expect(written.join('')).toBe('\u001B[?7h\u001B[?25h');

    area.show(['two']);
    written.length = 0;
    area.clear();
    area.clear();
    expect(written.join('')).toBe('\r\u001B[1A\u001B[J\u001B[?7h\u001B[?25h');
  });

  it('restores the terminal when the process ends', () => {
    const listeners = process.listenerCount('exit');
    area.show(['one']);
    expect(process.listenerCount('exit')).toBe(listeners + 1);
    area.end();
    expect(process.listenerCount('exit')).toBe(listeners);
  });
});
