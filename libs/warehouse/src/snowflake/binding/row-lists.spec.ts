import { PLAIN, type ListBinding } from './list-binding.js';
import { boundRows, ROW_TEXT, type Cell } from './row-lists.js';

async function lists(rows: Cell[][], maxBytes: number, lists: ListBinding = PLAIN) {
  const texts = rows.map((row) => JSON.stringify(row));
  const cut: { bind: string; count: number }[] = [];
  for await (const list of boundRows(texts, ROW_TEXT, maxBytes, lists)) cut.push(list);
  return cut;
}

const rowsOf = (bind: string) => (JSON.parse(bind) as string[]).map((text) => JSON.parse(text) as Cell[]);

describe('rows as lists for binds', () => {
  it('hold any number of rows in order', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => [index, 'é"\\\u001e', null]);
    const cut = await lists(rows, 256);
    expect(cut.flatMap(({ bind }) => rowsOf(bind))).toEqual(rows);
    expect(cut.map(({ count }) => count).reduce((sum, count) => sum + count)).toBe(100);
    expect(cut.length).toBeGreaterThan(5);
  });

  it('are written in pieces whose memory is reused', async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => [index, 'Rosé'.repeat(index % 50)]);
    const [only, ...more] = await lists(rows, 10_000_000);
    expect(more).toEqual([]);
    expect(rowsOf(only?.bind ?? '')).toEqual(rows);
  });

  it('stay within the limit, in bytes of UTF-8, unless a single row exceeds it', async () => {
    const wine = '🍷'.repeat(10);
    const cut = await lists([[wine], [wine], [wine.repeat(100)], [wine], ['']], 200);
    const texts = cut.map(({ bind }) => (JSON.parse(bind) as string[]).join('-'));
    expect(texts.map((text) => Buffer.byteLength(text))).toEqual([89, 4_004, 49]);
    expect(cut.map(({ count }) => count)).toEqual([2, 1, 2]);
  });

  it('hold a row that is larger than any piece', async () => {
    const rows = [['a'], ['x'.repeat(1_000_000)], ['b']];
    const [only] = await lists(rows, 10_000_000);
    expect(rowsOf(only?.bind ?? '')).toEqual(rows);
  });

  it('are one empty list for no rows', async () => {
    expect(await lists([], 10)).toEqual([{ bind: '[""]', count: 0 }]);
  });

  it('fail with the error of the compression', async () => {
    const broken: ListBinding = {
      sql: '?',
      begin: () => ({ add: () => Promise.reject(new Error('out of memory')), end: async () => '' }),
    };
    await expect(lists([['a'.repeat(200_000)], ['b']], 10_000_000, broken)).rejects.toThrow('out of memory');
    await expect(lists([['only']], 10_000_000, broken)).rejects.toThrow('out of memory');
  });
});
