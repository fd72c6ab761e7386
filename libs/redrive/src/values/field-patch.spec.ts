import { parsePatch, patched, type FieldPatch } from './field-patch.js';

function patchOf(text: string): FieldPatch {
  const patch = parsePatch(text);
  if (patch === null) throw new Error(`${text} is no assignment`);
  return patch;
}

function patch(text: string, ...patches: string[]): string | undefined {
  return patched(Buffer.from(text), patches.map(patchOf))?.toString();
}

describe('--set', () => {
  it('sets fields, and appends missing ones', () => {
    expect(patch('{"a": "x" , "b": null}\n', 'a=5', 'c=true')).toBe('{"a": 5 , "b": null,"c":true}\n');
    expect(patch(' { } ', 'a=5', 'c=true')).toBe(' { "a":5,"c":true} ');
  });

  it('takes a value as JSON if it is valid JSON, otherwise as text', () => {
    expect(patch('{}', 'a={"b":[1]}', 'c=null', 'd="5"', 'e=web shop', 'f=', 'g=1=2')).toBe(
      '{"a":{"b":[1]},"c":null,"d":"5","e":"web shop","f":"","g":"1=2"}',
    );
  });

  it('keeps every other byte, even invalid ones', () => {
    const fields =
      '"10":1,"price":26.320,"big":12345678901234567890,"e":1e400,"deep":[{"n":1.0}],"t":"é🍷\\u00e9\\ud800\\""';
    expect(patch(`{${fields}}`, 'quantity=2.50')).toBe(`{${fields},"quantity":2.50}`);
    const broken = Buffer.from('7b226e223a22ff222c2261223a317d', 'hex');
    expect(patched(broken, [patchOf('a=25')])?.toString('hex')).toBe('7b226e223a22ff222c2261223a32357d');
  });

  it('replaces invalid UTF-8 and invalid JSON in the field that it sets', () => {
    const broken = Buffer.from('7b226e223a22ff222c2261223a317d', 'hex');
    expect(patched(broken, [patchOf('n=x')])?.toString()).toBe('{"n":"x","a":1}');
    expect(patch('{"a":NaN, "b":tru}', 'a=0', 'b=true')).toBe('{"a":0, "b":true}');
  });

  it('sets every occurrence of a field, however its name is escaped', () => {
    expect(patch('{"a":1,"\\u0061":[2,{"a":3}]}', 'a=5')).toBe('{"a":5,"\\u0061":5}');
    expect(patch('{"a":1}', '__proto__=5')).toBe('{"a":1,"__proto__":5}');
  });

  it.each([
    '[1]',
    '"text"',
    'null',
    '5',
    '{"a":',
    '{"a":1',
    '{"a":"x}',
    '{"a":1,}',
    '{"a":,"b":1}',
    '{"a" 1}',
    '{}{}',
    '{a:1}',
    '',
  ])('finds no fields in %j', (text) => {
    expect(patch(text, 'c=1')).toBeUndefined();
  });

  it('works at any nesting depth', () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(patch(`${deep}}`, 'b=1')).toBe(`${deep},"b":1}`);
  });

  it.each(['', 'a', '=5'])('rejects %j', (text) => {
    expect(parsePatch(text)).toBeNull();
  });
});
