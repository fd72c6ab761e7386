import { printable } from '#terminal';
import { hexDump } from './hex-dump.js';
import { barText, ProgressBar } from './progress-bar.js';
import { table } from './table.js';
import { jsonText } from './terminal.js';

describe('printable', () => {
  it('escapes what a terminal would interpret', () => {
    expect(printable('a\u001b[31mb\u009b2Jc\rd\u202ee\u2028f')).toBe(
      'a\\u{1b}[31mb\\u{9b}2Jc\\u{d}d\\u{202e}e\\u{2028}f',
    );
    expect(printable('Éclair 漢字 🍷')).toBe('Éclair 漢字 🍷');
  });

  it('keeps line breaks only if asked to', () => {
    expect(printable('a\nb')).toBe('a\\u{a}b');
    expect(printable('a\nb\r\n', { lines: true })).toBe('a\nb\\u{d}\n');
  });

  it('leaves no control characters in JSON, whose meaning stays the same', () => {
    const value = { a: '\u001b[31m\u009b\u007f\u202e' };
    const text = jsonText(value);
    expect(text).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe('hexDump', () => {
  it('shows bytes as hex with their positions', () => {
    expect(hexDump(Buffer.from('0123456789abcdef\u0000ÿ'))).toBe(
      '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n' +
        '00000010  00 c3 bf                                         ...',
    );
    expect(hexDump(Buffer.alloc(0))).toBe('');
  });
});

describe('table', () => {
  it('fits columns to their cells and aligns numbers to the right', () => {
    expect(
      table(
        [{ title: 'N', align: 'right' }, { title: 'NAME' }],
        [
          ['10', 'Château'],
          ['9', '\u001b'],
        ],
      ),
    ).toEqual({ titles: [' N  NAME'], rows: ['10  Château', ' 9  \\u{1b}'] });
  });

  it('aligns what follows characters of two columns', () => {
    const { rows } = table(
      [{ title: 'WHAT' }, { title: 'N' }],
      [
        ['🍷', '1'],
        ['wine', '2'],
      ],
    );
    expect(rows).toEqual(['🍷    1', 'wine  2']);
  });

  it('continues each row on indented lines where the terminal is too narrow, and breaks no word', () => {
    const columns = ['COUNT', 'EVENT TYPE', 'WHY', 'NEWEST'].map((title) => ({ title }));
    const rows = [
      ['1', 'ORDER_CREATED', 'number; expected an integer of at least 1', 'sales_events-3@1042'],
      ['12', 'CELLAR_VISITED', 'absent', 'sales_events-11@7'],
    ];
    const { titles, rows: lines } = table(columns, rows, 40);
    expect(titles).toEqual(['COUNT  EVENT TYPE', '    WHY', '    NEWEST']);
    expect(lines).toEqual([
      '1      ORDER_CREATED',
      '    number; expected an integer of at',
      '        least 1',
      '    sales_events-3@1042',
      '12     CELLAR_VISITED',
      '    absent',
      '    sales_events-11@7',
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });
});

describe('ProgressBar', () => {
  it('shows the percentage and the counts', () => {
    expect(barText(300, 1000)).toBe('[#########---------------------]  30%  300 of 1,000');
    expect(barText(0, 0)).toContain('100%');
  });

  it('is drawn only in a terminal, at intervals, and is cleared at the end', () => {
    let time = 0;
    const written: string[] = [];
    const output = { isTTY: true, write: (text: string) => written.push(text) > 0 };
    const bar = new ProgressBar(4, output, () => time);
    bar.show(1);
    bar.show(2);
    time = 100;
    bar.show(3);
    bar.show(4);
    bar.clear();
    bar.clear();
    expect(written.join('').match(/\d(?= of 4)/g)).toEqual(['1', '3', '4']);
    expect(written.join('')).toContain('4 of 4\u001B[K\n\u001B[J\r\u001B[1A\u001B[J');

    const elsewhere: string[] = [];
    const quiet = new ProgressBar(1, { isTTY: false, write: (text: string) => elsewhere.push(text) > 0 });
    quiet.show(1);
    quiet.clear();
    expect(elsewhere).toEqual([]);
  });
});
