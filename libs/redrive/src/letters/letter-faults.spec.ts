import type { DeadLetterEntry } from '#warehouse';
import { letterFaults } from './letter-faults.js';

const FAULT = { field: 'quantity', rule: 'isInt', expected: 'an integer', actualType: 'string' } as const;

function faults(text: string, over: Partial<DeadLetterEntry> = {}) {
  const letter = { errorType: 'invalid_schema', details: [FAULT], ...over };
  return letterFaults({ ...letter, value: { kind: 'whole', bytes: Buffer.from(text) } } as DeadLetterEntry);
}

describe('letterFaults', () => {
  it('adds the found value to each faulty field, shortened', () => {
    expect(faults('{"quantity":"two"}').fields).toEqual([{ ...FAULT, found: '"two"' }]);
    expect(faults(`{"quantity":"${'x'.repeat(80)}"}`).fields[0]?.found).toMatch(/^"x{59}\.\.\.$/);
  });

  it('adds nothing for an absent field, or a value that cannot be read', () => {
    const absent = { ...FAULT, actualType: 'absent' } as const;
    expect(faults('{}', { details: [absent] }).fields).toEqual([{ ...absent, found: '' }]);
    expect(faults('{"quantity":').fields).toEqual([{ ...FAULT, found: '' }]);
    expect(faults(`{"quantity":"${'x'.repeat(1024 * 1024)}"}`).fields).toEqual([{ ...FAULT, found: '' }]);
  });

  it('locates the fault of a value that is not JSON', () => {
    const broken: Partial<DeadLetterEntry> = { errorType: 'json_decode', details: [] };
    expect(faults('{"a":1,}', broken)).toMatchObject({ json: { line: 1, column: 8 }, fields: [] });
    expect(faults('{"a":1}').json).toBeNull();
  });
});
