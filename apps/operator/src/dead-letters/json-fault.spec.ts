import { locateJsonFault } from './json-fault.js';

/** The character that the pointer stands under. */
function pointedAt(text: string): string | undefined {
  const fault = locateJsonFault(text);
  return fault === null ? undefined : fault.excerpt[fault.pointer.indexOf('^')];
}

describe('the place at which a text stops being JSON', () => {
  it('is named by line and column, and pointed at', () => {
    const text = '{"a": 1,\n "b": 2,, "c": 3}';
    expect(locateJsonFault(text)).toMatchObject({ line: 2, column: 9, excerpt: ' "b": 2,, "c": 3}' });
    expect(pointedAt(text)).toBe(',');
  });

  it('is found in the midst of much text', () => {
    const text = `{"a": "${'x'.repeat(500)}", b: "${'y'.repeat(500)}"}`;
    expect(pointedAt(text)).toBe('b');
    expect(locateJsonFault(text)?.excerpt).toHaveLength(80);
  });

  it('is the end of a text that ends too early', () => {
    expect(locateJsonFault('{"a": ')).toEqual({ line: 1, column: 7, excerpt: '{"a": ', pointer: '      ^' });
  });

  it('shows nothing that a terminal would obey', () => {
    expect(locateJsonFault('{"a\u001b[31m": 1}')?.excerpt).toBe('{"a.[31m": 1}');
  });

  it('is nowhere in JSON', () => {
    expect(locateJsonFault('{"a": 1}')).toBeNull();
  });
});
