import { locateJsonFault } from './json-fault.js';

/** The character above the pointer. */
function pointedAt(text: string): string | undefined {
  const fault = locateJsonFault(text);
  return fault === null ? undefined : fault.excerpt[fault.pointer.indexOf('^')];
}

describe('locateJsonFault', () => {
  it('reports line and column, and points at the character', () => {
    const text = '{"a": 1,\n "b": 2,, "c": 3}';
    expect(locateJsonFault(text)).toMatchObject({ line: 2, column: 9, excerpt: ' "b": 2,, "c": 3}' });
    expect(pointedAt(text)).toBe(',');
  });

  it('shows only an excerpt of a long text', () => {
    const text = `{"a": "${'x'.repeat(500)}", b: "${'y'.repeat(500)}"}`;
    expect(pointedAt(text)).toBe('b');
    expect(locateJsonFault(text)?.excerpt).toHaveLength(80);
  });

  it('points at the end of a truncated text', () => {
    expect(locateJsonFault('{"a": ')).toEqual({ line: 1, column: 7, excerpt: '{"a": ', pointer: '      ^' });
  });

  it('shows no control characters', () => {
    expect(locateJsonFault('{"a\u001b[31m": 1}')?.excerpt).toBe('{"a.[31m": 1}');
  });

  it('returns null for valid JSON', () => {
    expect(locateJsonFault('{"a": 1}')).toBeNull();
  });
});
