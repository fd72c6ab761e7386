import fc from 'fast-check';
import { mostTextBytes, roomForText, writeInteger, writeIntegerOrNull, writeText } from './json-bytes.js';

const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((each) => each.toWellFormed()),
  fc.nat(20_000).map((length) => '"é\\\u0001'.repeat(length / 4)),
);

describe('JSON in bytes', () => {
  it('is what JSON.stringify returns for any text, within its announced room', () => {
    fc.assert(
      fc.property(text, fc.nat(5), (each, at) => {
        const utf8 = Buffer.from(each);
        const into = Buffer.alloc(at + roomForText(utf8));
        const end = writeText(utf8, into, at);
        expect(into.toString('utf8', at, end)).toBe(JSON.stringify(each));
        expect(roomForText(utf8)).toBeLessThanOrEqual(mostTextBytes(utf8.length));
      }),
    );
  });

  it('counts a long text, whose upper bound would be much memory', () => {
    const utf8 = Buffer.alloc(100_000, 'a');
    expect(roomForText(utf8)).toBe(utf8.length + 2);
  });

  it('has every digit of an integer', () => {
    const into = Buffer.alloc(20);
    fc.assert(
      fc.property(fc.maxSafeInteger(), (each) => {
        expect(into.toString('utf8', 1, writeInteger(each, into, 1))).toBe(String(each));
      }),
    );
    expect(into.toString('utf8', 0, writeIntegerOrNull(null, into, 0))).toBe('null');
  });
});
