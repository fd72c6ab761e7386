import { catchUp, type Flow } from './catch-up.js';

const BEHIND: Flow = { lag: 6_000, oldestSeconds: 600, arriving: 50, settling: 150 };

describe('catchUp', () => {
  it.each<[string, Partial<Flow>, object]>([
    ['the lag, by what is settled beyond what arrives', {}, { kind: 'in', seconds: 60 }],
    ['never, if more arrives than is settled', { settling: 50 }, { kind: 'never' }],
    ['never, if it would take days', { settling: 50.01 }, { kind: 'never' }],
    ['no time, if nothing waits', { lag: 0, oldestSeconds: null, settling: 0 }, { kind: 'caught-up' }],
    ['no time, if what waits only waits for its batch', { oldestSeconds: 12 }, { kind: 'caught-up' }],
    ['unknown, without a lag', { lag: null }, { kind: 'unknown' }],
    ['unknown, without a rate', { arriving: null }, { kind: 'unknown' }],
    ['still a time, if the oldest message is unknown', { oldestSeconds: null }, { kind: 'in', seconds: 60 }],
  ])('is %s', (_, over, expected) => {
    expect(catchUp({ ...BEHIND, ...over }, 15)).toEqual(expected);
  });
});
