import { valueChanges } from './value-changes.js';

function changes(before: string | Buffer, after: string | Buffer) {
  return valueChanges(Buffer.from(before), Buffer.from(after)).map(({ field, before: from, after: to }) => [
    field,
    from,
    to,
  ]);
}

describe('the changes of a value', () => {
  it('are listed by field, with the text that each has', () => {
    expect(
      changes('{"a": 1.50, "b": "x", "gone": [1]}', '{"a":1.50,"b":"y","new":{"n":12345678901234567890}}'),
    ).toEqual([
      ['b', '"x"', '"y"'],
      ['gone', '[1]', null],
      ['new', null, '{"n":12345678901234567890}'],
    ]);
    expect(changes('{}', '{}')).toEqual([]);
  });

  it('are of the whole text if it is not an object, repeats a name, or differs only between the fields', () => {
    expect(changes('{"a":1', '{"a":1}')).toEqual([[null, '{"a":1', '{"a":1}']]);
    expect(changes('{"a":1,"a":2}', '{"a":2}')).toEqual([[null, '{"a":1,"a":2}', '{"a":2}']]);
    expect(changes('{"a":1}', '{ "a":1}')).toEqual([[null, '{"a":1}', '{ "a":1}']]);
  });

  it('are cut to what differs in a long text', () => {
    const long = (middle: string) => `${'a'.repeat(5_000)}${middle}${'z'.repeat(5_000)}`;
    const around = ['a', 'z'].map((letter) => letter.repeat(30));
    expect(changes(long('1,'), long('2'))).toEqual([
      [null, `...${around[0]}1,${around[1]}...`, `...${around[0]}2${around[1]}...`],
    ]);
    const [[, , after = ''] = []] = changes('x', long(''));
    expect(after).toHaveLength(203);
  });

  it('of bytes that are not text are shown in hexadecimal', () => {
    expect(changes(Buffer.from([0, 0xff]), '{}')).toEqual([[null, '0x00ff (2 bytes)', '{}']]);
  });
});
