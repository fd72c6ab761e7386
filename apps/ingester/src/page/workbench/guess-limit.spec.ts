import { GuessLimit } from './guess-limit.js';

describe('GuessLimit', () => {
  let nowMs: number;
  let limit: GuessLimit;
  beforeEach(() => {
    nowMs = 0;
    limit = new GuessLimit(() => nowMs);
  });

  it('makes an address wait after ten wrong tokens within a minute, and no other address', () => {
    for (let guess = 1; guess <= 10; guess += 1) {
      expect(limit.waitSeconds('10.0.0.7')).toBe(0);
      expect(limit.addWrong('10.0.0.7')).toBe(guess);
      nowMs += 1_000;
    }
    expect(limit.waitSeconds('10.0.0.7')).toBe(50);
    expect(limit.waitSeconds('10.0.0.8')).toBe(0);
    nowMs = 60_000;
    expect(limit.waitSeconds('10.0.0.7')).toBe(0);
    expect(limit.addWrong('10.0.0.7')).toBe(1);
  });

  it('remembers a bounded number of addresses', () => {
    for (let guess = 1; guess <= 10; guess += 1) limit.addWrong('10.0.0.7');
    for (let other = 0; other < 999; other += 1) limit.addWrong(`10.1.0.${other}`);
    expect(limit.waitSeconds('10.0.0.7')).toBeGreaterThan(0);
    limit.addWrong('10.2.0.0');
    expect(limit.waitSeconds('10.0.0.7')).toBe(0);
  });
});
