import { byKind, clock, counted, duration } from './words.js';

it.each([
  [0, '0:00'],
  [42.9, '0:42'],
  [605, '10:05'],
  [3723, '1:02:03'],
])('writes %d seconds on a clock as %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

it.each([
  [0.0451, '45 ms'],
  [0.9996, '1.0 s'],
  [1.24, '1.2 s'],
  [9.96, '10 s'],
  [34.4, '34 s'],
])('writes a duration of %d seconds as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it('counts in singular and plural, with separators', () => {
  expect([counted(1, 'event'), counted(0, 'event'), counted(12_345, 'event')]).toEqual([
    '1 event',
    '0 events',
    '12,345 events',
  ]);
});

it('lists kinds by their frequency, without those that did not occur', () => {
  const counts = new Map([
    ['few', 2],
    ['none', 0],
    ['many', 1200],
  ]);
  expect(byKind(counts)).toEqual(['many 1,200', 'few 2']);
});
