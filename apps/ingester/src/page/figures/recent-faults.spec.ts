import type { Fault } from '#pipeline';
import { RecentFaults } from './recent-faults.js';

const GONE: Fault = { class: 'transient', code: 'ECONNRESET', message: 'gone', remedy: null };
const at = { topic: 't', partition: 0 };

describe('RecentFaults', () => {
  it('counts a fault that repeats, and keeps its newest words, until the stage recovers', () => {
    const faults = new RecentFaults();
    faults.faulted('warehouse', GONE);
    faults.faulted('warehouse', { ...GONE, message: 'gone again', remedy: 'wait' });
    expect(faults.summary()).toMatchObject([
      { code: 'ECONNRESET', message: 'gone again', remedy: 'wait', count: 2, endedAtMs: null },
    ]);
    faults.recovered('kafka');
    expect(faults.summary()[0]?.endedAtMs).toBeNull();
    faults.recovered('warehouse');
    expect(faults.summary()[0]?.endedAtMs).not.toBeNull();
    faults.faulted('warehouse', GONE);
    expect(faults.summary()).toMatchObject([{ count: 3, endedAtMs: null }]);
  });

  it('counts warehouse errors: failed attempts and rejected rows, but no other stage', () => {
    const faults = new RecentFaults();
    faults.faulted('warehouse', GONE);
    faults.faulted('kafka', GONE);
    faults.rowsRejected(3, { ...at, offset: 7 }, 'not JSON');
    expect(faults.warehouseErrors).toBe(4);
    expect(faults.summary()[0]?.message).toContain('t-0@7');
  });

  it('ends a held partition with the next assignment, and a held batch when it is freed', () => {
    const faults = new RecentFaults();
    faults.partitionHeld(at, { ...GONE, class: 'setup' });
    faults.deadLettersHeld('too many');
    faults.assigned();
    expect(faults.summary().map(({ stage, endedAtMs }) => [stage, endedAtMs === null])).toEqual([
      ['dead_letter_limit', true],
      ['partition', false],
    ]);
    faults.deadLettersFreed();
    expect(faults.summary().every(({ endedAtMs }) => endedAtMs !== null)).toBe(true);
  });

  it('keeps the newest, however many codes a vendor has', () => {
    const faults = new RecentFaults();
    for (let code = 0; code < 100; code += 1) faults.faulted('kafka', { ...GONE, code: String(code) });
    expect(faults.summary()).toHaveLength(12);
    expect(faults.summary()[0]?.code).toBe('99');
  });
});
