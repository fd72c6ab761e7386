import { parsePatch, patched } from './field-patch.js';

function patch(text: string, ...patches: string[]): string | undefined {
  return patched(Buffer.from(text), patches.map(parsePatch))?.toString();
}

describe('--set', () => {
  it('gives fields their values, and adds those that are missing', () => {
    expect(patch('{"a": "x", "b": null}', 'a=5', 'c=true')).toBe('{"a":5,"b":null,"c":true}');
  });

  it('takes a value for JSON where it is, and for text elsewhere', () => {
    expect(patch('{}', 'a={"b":[1]}', 'c=null', 'd="5"', 'e=web shop', 'f=', 'g=1=2')).toBe(
      '{"a":{"b":[1]},"c":null,"d":"5","e":"web shop","f":"","g":"1=2"}',
    );
  });

  it('keeps the digits of every number, and the order and the text of every field', () => {
    const fields =
      '"10":1,"price":26.320,"big":12345678901234567890,"e":1e400,"deep":[{"n":1.0}],"t":"é🍷\\n"';
    expect(patch(`{${fields}}`, 'quantity=2.50')).toBe(`{${fields},"quantity":2.50}`);
  });

  it('sets fields of any name, and no prototype', () => {
    expect(patch('{"a":1}', '__proto__=5')).toBe('{"a":1,"__proto__":5}');
  });

  it.each(['[1]', '"text"', 'null', '5', '{"a":', ''])('has no fields to work on in %j', (text) => {
    expect(patch(text, 'a=1')).toBeUndefined();
  });

  it('gives up on what nests deeper than can be followed', () => {
    const depth = 200_000;
    expect(patch(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`, 'b=1')).toBeUndefined();
  });

  it.each(['', 'a', '=5'])('is not %j', (text) => {
    expect(() => parsePatch(text)).toThrow(`--set is "${text}"`);
  });
});
