import { ROW_TEXT, rowLists, type Cell } from './row-lists.js';

async function lists(rows: Cell[][], maxBytes: number) {
  const texts = rows.map((row) => JSON.stringify(row));
  const cut: { json: string; count: number }[] = [];
  for await (const { json, count } of rowLists(texts, ROW_TEXT, maxBytes)) {
    cut.push({ json: json.toString(), count });
  }
  return cut;
}

describe('rows as lists for binds', () => {
  it('holds all rows in their order, whatever their number', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => [index, 'é"\\', null]);
    const cut = await lists(rows, 64);
    expect(cut.flatMap(({ json }) => JSON.parse(json) as Cell[][])).toEqual(rows);
    expect(cut.map(({ count }) => count).reduce((sum, count) => sum + count)).toBe(100);
    expect(cut.length).toBeGreaterThan(10);
  });

  it('is no larger than allowed, in bytes of UTF-8, unless one row alone is', async () => {
    const wine = '🍷'.repeat(10);
    const rows = [[wine], [wine], [wine.repeat(10)], [wine], ['']];
    const cut = await lists(rows, 100);
    expect(cut.map(({ json }) => Buffer.byteLength(json))).toEqual([91, 406, 51]);
    expect(cut.map(({ count }) => count)).toEqual([2, 1, 2]);
  });

  it('is one empty list for no rows', async () => {
    expect(await lists([], 10)).toEqual([{ json: '[]', count: 0 }]);
  });
});
