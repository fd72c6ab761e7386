import { shortRule } from './shorten.js';

it('divides every duration and every time constant, and nothing else', () => {
  const rule = {
    alert: 'A',
    expr: 'min_over_time(x{le="5m"}[5m:15s] offset 23h30m) * 0.05 > 5 * 60 and y[1d] > 7 * 86400 and z > 100',
    for: '2m',
    keep_firing_for: '1m',
  };
  expect(shortRule(rule, 10)).toEqual({
    alert: 'A',
    expr: 'min_over_time(x{le="5m"}[30000ms:1500ms] offset 8460000ms) * 0.05 > 5 * 6 and y[8640000ms] > 7 * 8640 and z > 100',
    for: '12000ms',
    keep_firing_for: '6000ms',
  });
});
