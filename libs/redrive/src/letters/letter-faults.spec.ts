import type { DeadLetterEntry } from '#warehouse';
import { letterFaults } from './letter-faults.js';

const FAULT = { field: 'quantity', rule: 'isInt', expected: 'an integer', actualType: 'string' } as const;

function faults(text: string, over: Partial<DeadLetterEntry> = {}) {
  const letter = { errorType: 'invalid_schema', details: [FAULT], ...over };
  return letterFaults({ ...letter, value: { kind: 'whole', bytes: Buffer.from(text) } } as DeadLetterEntry);
}

describe('letterFaults', () => {
  it('locates the value of each faulty field, and quotes it shortened', () => {
    const text = '{"note":"🍷é", "quantity" : "two" }';
    const [fault] = faults(text).fields;
    expect(fault).toMatchObject({ ...FAULT, found: '"two"' });
    expect(text.slice(fault?.at?.start, fault?.at?.end)).toBe('"two"');
    expect(faults(`{"quantity":"${'x'.repeat(80)}"}`).fields[0]?.found).toMatch(/^"x{59}\.\.\.$/);
    expect(faults('{"quantity":1,"quantity":"two"}').fields[0]?.found).toBe('"two"');
  });

  it('locates nothing for an absent field, or in a value that cannot be read', () => {
    const nowhere = [{ ...FAULT, at: null, found: '' }];
    expect(faults('{}').fields).toEqual(nowhere);
    expect(faults('{"quantity":').fields).toEqual(nowhere);
    expect(faults(`{"quantity":"${'x'.repeat(1024 * 1024)}"}`).fields).toEqual(nowhere);
  });

  it('locates the fault of a value that is not JSON', () => {
    const broken: Partial<DeadLetterEntry> = { errorType: 'json_decode', details: [] };
    expect(faults('{"a":1,}', broken)).toMatchObject({ json: { line: 1, column: 8 }, fields: [] });
    expect(faults('{"a":1}').json).toBeNull();
  });
});
