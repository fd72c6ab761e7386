import type { QueryColumn, QueryRow } from '#warehouse';
import { rowWriter, type Format } from './row-writer.js';

const COLUMNS: QueryColumn[] = [
  { name: 'EVENT_TYPE', kind: 'text' },
  { name: 'N', kind: 'number' },
  { name: 'CONTENT', kind: 'json' },
];
const ROWS: QueryRow[] = [
  ['ORDER_CREATED', '12345678901234567890', '{"price": 1.50,\n "id": 9007199254740993}'],
  ['a,"b"\n\u001b[31m', '7', 'not JSON'],
  [null, null, null],
  ['', '-1.50', '[]'],
];

function written(format: Format, rows = ROWS, width: number | null = null, columns = COLUMNS) {
  const writer = rowWriter(format, columns, width);
  const text = [writer.begin(), ...rows.map((row) => writer.row(row)), writer.end()].join('');
  return { text, isCut: writer.isCut };
}

describe('rows of a query', () => {
  it('are a table with numbers to the right, and no control characters', () => {
    const rows: QueryRow[] = [
      ['ORDER_CREATED', '5', '{}'],
      ['\u001b[31m', '1200', null],
    ];
    expect(written('table', rows).text).toBe(
      'EVENT_TYPE        N  CONTENT\n' + 'ORDER_CREATED     5  {}\n' + '\\u{1b}[31m     1200  NULL\n',
    );
  });

  it('are cut to the width of a terminal, the widest columns first', () => {
    const rows: QueryRow[] = [['ORDER_CREATED', '5', 'x'.repeat(200)]];
    const { text, isCut } = written('table', rows, 40);
    expect(text.split('\n')[1]).toBe(`ORDER_CREATED  5  ${'x'.repeat(21)}…`);
    expect(isCut).toBe(true);
    expect(written('table', rows, 300).isCut).toBe(false);
    expect(written('table', rows, null).text).toContain('x'.repeat(200));
  });

  it('become a block each if there are more columns than a line holds', () => {
    const columns = Array.from({ length: 20 }, (_, index) => ({
      name: `COLUMN_${index}`,
      kind: 'text' as const,
    }));
    const row = columns.map(({ name }) => `value of ${name}`);
    const { text } = written('table', [row, row], 60, columns);
    expect(text.split('\n').slice(0, 2)).toEqual([
      'COLUMN_0   value of COLUMN_0',
      'COLUMN_1   value of COLUMN_1',
    ]);
    expect(text.split('\n').every((line) => line.length <= 60)).toBe(true);
  });

  it('are a table with the titles alone if there are none', () => {
    expect(written('table', []).text).toBe('EVENT_TYPE  N  CONTENT\n');
  });

  it('are written while they arrive, once the widths are known', () => {
    const writer = rowWriter('table', COLUMNS, null);
    const texts = Array.from({ length: 2_000 }, () => writer.row(['a', '1', '{}']));
    expect(texts.filter((text) => text !== '')).toHaveLength(1_001);
    expect(texts.join('') + writer.end()).toHaveLength(
      'EVENT_TYPE  N  CONTENT\n'.length + 2_000 * 'a           1  {}\n'.length,
    );
  });

  it('are CSV in which NULL is not an empty text', () => {
    const { text } = written('csv', ROWS.slice(1));
    expect(text).toBe('EVENT_TYPE,N,CONTENT\n"a,""b""\n\u001b[31m",7,not JSON\n,,\n"",-1.50,[]\n');
  });

  it('are JSON that keeps every digit of a number', () => {
    expect(written('json').text).toBe(
      `[
  {"EVENT_TYPE":"ORDER_CREATED","N":12345678901234567890,"CONTENT":{"price": 1.50, "id": 9007199254740993}},
  {"EVENT_TYPE":"a,\\"b\\"\\n\\u001b[31m","N":7,"CONTENT":"not JSON"},
  {"EVENT_TYPE":null,"N":null,"CONTENT":null},
  {"EVENT_TYPE":"","N":-1.50,"CONTENT":[]}
]
`,
    );
    expect(written('json', []).text).toBe('[]\n');
  });

  it('are lines of JSON', () => {
    const lines = written('ndjson').text.trimEnd().split('\n');
    expect(lines).toHaveLength(ROWS.length);
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual(
      ROWS.map(() => ['EVENT_TYPE', 'N', 'CONTENT']),
    );
  });
});
