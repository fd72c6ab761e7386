import { randomBytes } from 'node:crypto';
import { SnowflakeEndpoint } from '#snowflake-endpoint';
import { SnowflakeWarehouse } from '#testing/warehouse-contract';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { chooseListBinding, PLAIN, type ListBinding } from './list-binding.js';
import { encodedRows, type EncodedRows } from '../../row-lists/row-lists.js';
import { TextRows } from '../../row-lists/rows.js';

async function lists(texts: string[], maxBytes: number, binding = PLAIN): Promise<EncodedRows<string>[]> {
  const rows = new TextRows(texts.map((text) => () => text));
  const cut: EncodedRows<string>[] = [];
  for await (const list of encodedRows(rows, { bytes: maxBytes }, binding)) cut.push(list);
  return cut;
}

const textsOf = ({ list: bind }: EncodedRows<string>) => JSON.parse(bind) as string[];

describe('rows as lists for binds', () => {
  it('hold any number of rows in order', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => JSON.stringify([index, 'é"\\\u001e', null]));
    const cut = await lists(rows, 512);
    expect(cut.flatMap(textsOf)).toEqual(rows);
    expect(cut.flatMap(({ from, to }) => rows.slice(from, to))).toEqual(rows);
    expect(cut.length).toBeGreaterThan(5);
  });

  it('are written in pieces whose memory is reused', async () => {
    const rows = Array.from({ length: 5_000 }, (_, index) =>
      JSON.stringify([index, 'Rosé'.repeat(index % 50)]),
    );
    const [only, ...more] = await lists(rows, 10_000_000);
    expect(more).toEqual([]);
    expect(only && textsOf(only)).toEqual(rows);
  });

  it('stay within the limit, in bytes of the bind, unless a single row exceeds it', async () => {
    const wine = '"🍷"';
    const large = `"${'🍷'.repeat(100)}"`;
    const cut = await lists([...Array<string>(20).fill(wine), large, wine, wine], 200);
    const sizes = cut.map(({ list: bind }) => Buffer.byteLength(bind));
    expect(sizes.filter((size) => size > 200)).toEqual([Buffer.byteLength(JSON.stringify([large]))]);
    expect(cut.find(({ list: bind }) => Buffer.byteLength(bind) > 200)).toMatchObject({ from: 20, to: 21 });
    expect(cut.flatMap(textsOf)).toEqual([...Array<string>(20).fill(wine), large, wine, wine]);
    expect(cut.length).toBeLessThan(6);
  });

  it('hold a row that is larger than any piece', async () => {
    const rows = ['"a"', `"${'x'.repeat(1_000_000)}"`, '"b"'];
    const [only] = await lists(rows, 10_000_000);
    expect(only && textsOf(only)).toEqual(rows);
  });

  it('are one empty list for no rows', async () => {
    expect(await lists([], 10)).toEqual([{ list: '[""]', from: 0, to: 0 }]);
  });

  it('fail with the error of the compression', async () => {
    const broken: ListBinding = {
      ...PLAIN,
      begin: () => ({
        add: () => Promise.reject(new Error('out of memory')),
        mostBytes: (more) => more,
        end: async () => '',
      }),
    };
    await expect(lists(['a'.repeat(200_000), 'b'], 10_000_000, broken)).rejects.toThrow('out of memory');
    await expect(lists(['only'], 10_000_000, broken)).rejects.toThrow('out of memory');
  });
});

describe('compressed lists', () => {
  let endpoint: SnowflakeEndpoint;
  let session: SnowflakeSession;
  let compressed: ListBinding;

  beforeEach(async () => {
    endpoint = await SnowflakeEndpoint.start();
    const { options } = await SnowflakeWarehouse.start({ accessUrl: endpoint.url });
    session = await SnowflakeSession.open(options);
    compressed = await chooseListBinding(session);
    expect(compressed).not.toBe(PLAIN);
  });
  afterEach(async () => {
    await session.end();
    await endpoint.close();
  });

  /** The list, as the server reads it. */
  async function read({ list: bind }: EncodedRows<string>): Promise<unknown[]> {
    const sql = `SELECT f.value::VARCHAR AS TEXT FROM TABLE(FLATTEN(${compressed.sql})) f`;
    return (await session.query(sql, [bind])).map((row) => row['TEXT']);
  }

  it.each([
    ['that compress well', () => 'a bottle of Bordeaux '.repeat(10), 20],
    ['that do not compress', () => randomBytes(150).toString('base64'), 1.2],
  ])('stay within the limit and nearly reach it for rows %s', async (_, content, leastRatio) => {
    const limit = 200_000;
    const rows = Array.from({ length: 20_000 }, (_, index) => JSON.stringify([index, content()]));
    const cut = await lists(rows, limit, compressed);
    for (const { list: bind } of cut) expect(bind.length).toBeLessThanOrEqual(limit);
    for (const { list: bind } of cut.slice(0, -1)) expect(bind.length).toBeGreaterThan(0.8 * limit);
    const raw = rows.join('').length;
    expect(raw / cut.reduce((sum, { list: bind }) => sum + bind.length, 0)).toBeGreaterThan(
      leastRatio * 0.75,
    );
    const found: unknown[] = [];
    for (const list of cut) found.push(...(await read(list)));
    expect(found).toEqual(rows);
  });

  it('hold no more text than the server can split, however well it compresses', async () => {
    const spaces = Array.from({ length: 200 }, () => `"${' '.repeat(200_000)}"`);
    const cut = await lists(spaces, 1_000_000, compressed);
    expect(cut.map(({ from, to }) => to - from)).toEqual([78, 78, 44]);
  });
});
