import { decode, fieldText } from './decode.js';

const decoded = (value: Buffer | string, maxBytes = 1000) =>
  decode(Buffer.from(value), { maxBytes, maxValues: 100 });

describe('decode', () => {
  it('decodes text, escaped or not', () => {
    expect(decoded(' {"a" : "\\u00e9", "b": 1.0}\n')).toEqual({ kind: 'object', object: { a: 'é', b: 1 } });
    expect(decoded('{"a":"Entre-Deux-Mers 🍷","é":"\\u00e9","b":1.0}')).toEqual({
      kind: 'object',
      object: { a: 'Entre-Deux-Mers 🍷', é: 'é', b: 1 },
    });
  });

  it.each([
    ['an empty value', '', 'The value is empty.'],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'The value is not UTF-8.'],
    ['UTF-16', Buffer.from('\uFEFF{}', 'utf16le'), 'The value is not UTF-8.'],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'The value is not UTF-8.'],
    ['a byte order mark', '\uFEFF{}', 'The value starts with a byte order mark, which is not JSON.'],
    ['a truncated object', '{"a":1', 'The value is not JSON: parsing fails at character 7.'],
    ['a truncated word', 'nul', 'The value is not JSON: it ends unexpectedly.'],
    ['a truncated string', '{"secret', 'The value is not JSON: parsing fails at character 9.'],
    ['plain words', 'secret', 'The value is not JSON.'],
    ['a message like V8’s', '{"a":x at position 3 (line 1 column 4)', 'The value is not JSON.'],
    ['NaN', '{"a":NaN}', 'The value is not JSON.'],
    ['two objects', '{}{}', 'The value is not JSON: parsing fails at character 3.'],
    [
      'an object that is truncated after a two-byte character',
      '{"é":1',
      'The value is not JSON: parsing fails at character 7.',
    ],
    ['a no-break space', '\u00a0{}', 'The value is not JSON.'],
  ])('refuses %s as json_decode without quoting it', (_, value, reason) => {
    expect(decoded(value)).toEqual({ kind: 'refused', type: 'json_decode', reason });
  });

  it.each([
    ['null', 'null'],
    ['true', 'boolean'],
    ['12', 'number'],
    ['"secret"', 'string'],
    ['[{}]', 'array'],
  ])('refuses %s as not_an_object', (value, type) => {
    const reason = `The value is JSON, but its type is ${type}, not object.`;
    expect(decoded(value)).toEqual({ kind: 'refused', type: 'not_an_object', reason });
  });

  it('refuses a value that exceeds the size limit, whatever it contains, and accepts one that just fits', () => {
    expect(decoded('{"a":"é"}', 10)).toMatchObject({ kind: 'object' });
    const reason = 'The value has 10 bytes; the limit is 9.';
    expect(decoded('{"a":"é"}', 9)).toEqual({ kind: 'refused', type: 'too_large', reason });
    expect(decoded(Buffer.alloc(10, 0xff), 9)).toEqual({ kind: 'refused', type: 'too_large', reason });
  });

  it('refuses more JSON values than the limit before parsing, and does not count text inside strings', () => {
    const list = (items: number) => `{"a":[${'1,'.repeat(items - 1)}1]}`;
    // The object and its list count as well.
    expect(decoded(list(99))).toMatchObject({ kind: 'object' });
    const reason = 'The value has more than 100 JSON values, which is the limit.';
    expect(decoded(list(100))).toEqual({ kind: 'refused', type: 'too_large', reason });
    expect(decoded('['.repeat(500))).toEqual({ kind: 'refused', type: 'too_large', reason });
    expect(decoded(JSON.stringify({ a: '[{,"\\'.repeat(100), b: 1 }))).toMatchObject({ kind: 'object' });
    expect(decoded(`{"a":"${'['.repeat(300)}`)).toMatchObject({ type: 'json_decode' });
  });
});

describe('fieldText', () => {
  const textOfField = (json: string) => {
    const decoded = decode(Buffer.from(json), { maxBytes: 1_000, maxValues: 100 });
    return decoded.kind === 'object' ? fieldText(decoded.object, 'name') : decoded;
  };

  it('returns text beyond ASCII as the producer wrote it', () => {
    expect(textOfField('{"name":"Château 🍷"}')).toBe('Château 🍷');
    expect(textOfField('{"name":"Ch\\u00e2teau"}')).toBe('Château');
    expect(textOfField('{"name":"Ch\\u00e2teau","note":"é"}')).toBe('Château');
  });

  it('returns other values as JSON, and null for none', () => {
    expect(textOfField('{"name":["é"]}')).toBe('["é"]');
    expect(textOfField('{"name":5}')).toBe('5');
    expect(textOfField('{"name":null}')).toBeNull();
    expect(textOfField('{"other":1,"__proto__":{"name":"x"}}')).toBeNull();
  });
});
