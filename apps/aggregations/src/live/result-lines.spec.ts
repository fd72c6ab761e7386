import { displayWidth } from '#terminal';
import { resultLine, resultLines } from './result-lines.js';

const plain = (_: unknown, text: string) => text;
const REVENUE = [
  { hour_start: '2026-11-23T05:00:00Z', channel: 'E-com', category: 'Rouge', orders: 2, revenue: 20.5 },
  { hour_start: '2026-11-23T05:00:00Z', channel: 'Paris', category: 'Rouge', orders: 1, revenue: 30 },
  { hour_start: '2026-11-23T05:00:00Z', channel: 'E-com', category: 'Blanc', orders: 1, revenue: 1000 },
  { hour_start: '2026-11-23T06:00:00Z', channel: 'Paris', category: 'Rouge', orders: 1, revenue: 5 },
];
const STOCK = [
  { product_id: 1001, place: 'Lyon', movements: 3, net_change: 7 },
  { product_id: 1002, place: 'Paris', movements: 1, net_change: -2 },
];

const LOW_STOCK = [
  { product_id: 1003, adjusted: 10, sold: 3, balance: 7 },
  { product_id: 1004, adjusted: 0, sold: 3, balance: -3 },
];

describe('resultLines', () => {
  it('shows the latest hour first, channels by revenue over all categories, and the lowest stock and balance first', () => {
    expect(
      resultLines(REVENUE, STOCK, LOW_STOCK, plain).map((line) => line.trim().replaceAll(/ {2,}/g, ' | ')),
    ).toEqual([
      '2026-11-23 06:00 UTC | orders | revenue €',
      'Paris | 1 | 5.00',
      '',
      '2026-11-23 05:00 UTC | orders | revenue €',
      'E-com | 3 | 1,020.50',
      'Paris | 1 | 30.00',
      '',
      'Lowest net stock | movements | bottles',
      '1002, Paris | 1 | -2',
      '1001, Lyon | 3 | 7',
      '',
      'Low stock | sold | balance',
      '1004 | 3 | -3',
      '1003 | 3 | 7',
    ]);
  });
});

describe('resultLines of what is odd', () => {
  it('says that there are no events yet, or no low stock', () => {
    expect(resultLines([], [], [], plain)).toEqual(['  No events yet.']);
    expect(resultLines(REVENUE, STOCK, [], plain).at(-1)).toBe('    none');
  });

  it('names what has no name, keeps columns straight, and lets no name move the cursor', () => {
    const channels = ['', '🍷🍷 Ros\u00e9', '\u001B[2J', 'x'.repeat(100)];
    const revenue = channels.map((channel) => ({ ...REVENUE[0], channel, orders: 1, revenue: 1 }));
    const lines = resultLines(revenue, [], [], plain).slice(0, 5);
    expect(lines[1]).toContain('no channel');
    expect(lines.join('')).not.toContain('\u001B');
    expect(new Set(lines.map(displayWidth)).size).toBe(1);
  });
});

describe('resultLine', () => {
  it('sums everything up', () => {
    expect(resultLine(REVENUE, STOCK)).toBe('5 orders, 1,055.50 € in 2 hours | 2 places with stock');
  });
});
