import { RateMeter } from './rate-meter.js';

describe('RateMeter', () => {
  it('is 0 until there are two samples', () => {
    const meter = new RateMeter();
    expect(meter.perSecond).toBe(0);
    meter.add(100, 1);
    expect(meter.perSecond).toBe(0);
  });

  it('forgets what is older than its window', () => {
    const meter = new RateMeter(5);
    meter.add(0, 0);
    for (let second = 1; second <= 10; second++) meter.add(1000, second);
    expect(meter.perSecond).toBe(0);
    meter.add(1500, 11);
    expect(meter.perSecond).toBe(100);
  });

  it('takes one sample a moment', () => {
    const meter = new RateMeter();
    meter.add(0, 0);
    meter.add(10, 1);
    meter.add(10, 1);
    expect(meter.perSecond).toBe(10);
  });
});
