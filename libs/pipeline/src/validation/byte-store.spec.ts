import { randomBytes } from 'node:crypto';
import { ByteStore } from './byte-store.js';

describe('ByteStore', () => {
  it('copies bytes of any size, independent of the fetch', () => {
    const store = new ByteStore();
    const sizes = [0, 1, 400, 70_000, 300_000, ...Array.from({ length: 2_000 }, (_, index) => index % 700)];
    const fetched = sizes.map((size) => randomBytes(size));
    const copies = fetched.map((bytes) => store.copy(bytes));
    for (const [index, bytes] of fetched.entries()) {
      const expected = Buffer.from(bytes);
      bytes.fill(0);
      expect(copies[index]?.equals(expected)).toBe(true);
    }
  });

  it('uses little more memory than the bytes it copies', () => {
    const store = new ByteStore();
    const copies = Array.from({ length: 5_000 }, () => store.copy(Buffer.alloc(400)));
    const held = new Set(copies.map(({ buffer }) => buffer));
    const bytes = [...held].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(bytes).toBeLessThan(1.2 * 5_000 * 400);
  });
});
