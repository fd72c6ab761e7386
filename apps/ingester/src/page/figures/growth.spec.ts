import { Growth } from './growth.js';

/** Readings of one or two totals at a second. */
function at(second: number, ...totals: number[]) {
  return new Map(totals.map((total, index) => [`p-${index}`, { total, at: second * 1000 }]));
}

describe('Growth', () => {
  it('is the growth per second over the window, summed over all totals', () => {
    const growth = new Growth(10_000);
    growth.note(at(0, 100, 0));
    expect(growth.perSecond()).toBeNull();
    growth.note(at(5, 200, 50));
    expect(growth.perSecond()).toBe(30);
    for (let second = 10; second <= 30; second += 5) growth.note(at(second, 200, 50));
    expect(growth.perSecond()).toBe(0);
  });

  it('counts a reading once, however often it is passed on', () => {
    const growth = new Growth(10_000);
    growth.note(at(0, 0));
    growth.note(at(5, 100));
    for (let turn = 0; turn < 20; turn += 1) growth.note(at(5, 100));
    expect(growth.perSecond()).toBe(20);
  });

  it('is unknown until every total was read twice, and begins anew after one went back', () => {
    const growth = new Growth(10_000);
    growth.note(at(0, 0));
    growth.note(at(2, 10, 0));
    expect(growth.perSecond()).toBeNull();
    expect(growth.perSecondOf('p-0')).toBe(5);
    growth.note(at(4, 0, 4));
    expect(growth.perSecondOf('p-0')).toBeNull();
    expect(growth.perSecondOf('p-1')).toBe(2);
  });

  it('forgets totals that are no longer read', () => {
    const growth = new Growth(10_000);
    growth.note(at(0, 0, 0));
    growth.note(at(2, 4, 100));
    growth.note(at(4, 8));
    expect(growth.perSecond()).toBe(2);
    growth.note(new Map());
    expect(growth.perSecond()).toBeNull();
  });
});
