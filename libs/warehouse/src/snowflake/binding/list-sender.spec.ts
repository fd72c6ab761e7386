import { SnowflakeError } from '../session/snowflake-error.js';
import { BindLimit } from './bind-limit.js';
import { PLAIN } from './list-binding.js';
import { ListSender } from './list-sender.js';
import { TextRows } from '../../row-lists/rows.js';

const SETTING = 10_000;

/** A server that accepts statements of up to so many bytes, and what it got. */
function server(maxBytes: number, refusal = 'HTTP_413') {
  const statements: string[][] = [];
  let refused = 0;
  const send = async (bind: string, count: number) => {
    if (Buffer.byteLength(bind) > maxBytes) {
      refused += 1;
      throw new SnowflakeError(refusal, '', refusal === 'HTTP_413');
    }
    const texts = JSON.parse(bind) as string[];
    expect(texts.length).toBe(count);
    statements.push(texts);
  };
  return { statements, send, refused: () => refused };
}

const sender = (setting = SETTING) => new ListSender(PLAIN, new BindLimit(setting));
const rowsOf = (texts: readonly string[]) => new TextRows(texts.map((text) => () => text));
const texts = Array.from({ length: 500 }, (_, index) => `row ${index} ${'x'.repeat(90)}`);

describe('a list that is too large for the server', () => {
  it('is sent in halves, in order, and later lists fit at once', async () => {
    const lists = sender();
    const { statements, send, refused } = server(3_000);
    expect(await lists.send(rowsOf(texts), send)).toEqual([]);
    expect(statements.flat()).toEqual(texts);
    expect(refused()).toBeLessThan(6);
    const before = refused();
    expect(await lists.send(rowsOf(texts), send)).toEqual([]);
    expect(statements.flat()).toEqual([...texts, ...texts]);
    expect(refused()).toBe(before);
  });

  it('leaves out just the rows that are too large alone', async () => {
    const { statements, send } = server(3_000);
    const large = 'y'.repeat(4_000);
    const mixed = texts.map((text, index) => ([0, 7, 8, 250, 499].includes(index) ? large : text));
    const tooLarge = await sender().send(rowsOf(mixed), send);
    expect(tooLarge.map(({ index }) => index)).toEqual([0, 7, 8, 250, 499]);
    for (const { bytes } of tooLarge) expect(bytes).toBe(large.length + 4);
    expect(statements.flat()).toEqual(texts.filter((_, index) => mixed[index] !== large));
  });

  it('leaves out everything if the server accepts nothing', async () => {
    const tooLarge = await sender().send(rowsOf(texts), server(0).send);
    expect(tooLarge.map(({ index }) => index)).toEqual([...texts.keys()]);
  });

  it('is also cut if the server closes the connection instead of refusing, again and again', async () => {
    const lists = sender(400_000);
    const long = Array.from({ length: 500 }, (_, index) => `row ${index} ${'x'.repeat(1_000)}`);
    const { statements, send, refused } = server(100_000, 'ECONNRESET');
    // Each of these ends the session; the whole batch is retried.
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await expect(lists.send(rowsOf(long), send)).rejects.toThrow('ECONNRESET');
    }
    expect(await lists.send(rowsOf(long), send)).toEqual([]);
    expect(statements.flat()).toEqual(long);
    expect(refused()).toBe(6);
  });

  it('fails with any other error, which says nothing about sizes', async () => {
    const lists = sender();
    const { send } = server(0, 'HTTP_503');
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(lists.send(rowsOf(texts), send)).rejects.toThrow('HTTP_503');
    }
    const { statements, send: sendAll } = server(SETTING);
    await lists.send(rowsOf(texts), sendAll);
    expect(statements.length).toBeLessThan(10);
  });
});
