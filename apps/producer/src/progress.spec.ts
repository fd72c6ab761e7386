import { progressLine } from './progress.js';

describe('The progress line', () => {
  const state = { acknowledged: 12_000, count: 100_000, seconds: 0.5, trouble: null };

  it('says how far a counted run is', () => {
    expect(progressLine(state)).toBe('12,000 of 100,000 messages (12%), 24,000 a second, 4 s to go');
    expect(progressLine({ ...state, acknowledged: 100_000 })).toBe(
      '100,000 of 100,000 messages (100%), 200,000 a second',
    );
    expect(progressLine({ ...state, acknowledged: 0, seconds: 0 })).toBe(
      '0 of 100,000 messages (0%), 0 a second',
    );
  });

  it('says what an endless run does', () => {
    expect(progressLine({ ...state, count: Infinity })).toBe('12,000 messages, 24,000 a second');
  });

  it('says what it waits for', () => {
    expect(progressLine({ ...state, count: Infinity, trouble: 'connect ECONNREFUSED' })).toBe(
      '12,000 messages, 24,000 a second, waiting for the broker: connect ECONNREFUSED',
    );
  });
});
