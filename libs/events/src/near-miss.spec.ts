import { NearMisses } from './near-miss.js';

const nearMisses = new NearMisses();

describe('an event type without a contract', () => {
  it.each([
    'ORDER_CRAETED',
    'order_created',
    'OrderCreated',
    'order-created ',
    'ORDR_CREATED',
    'ORDER_CREATED_V2',
  ])('%j resembles ORDER_CREATED', (named) => {
    expect(nearMisses.of(named)).toBe('ORDER_CREATED');
    expect(nearMisses.of(named)).toBe('ORDER_CREATED');
  });

  it('resembles the type that it is nearest to', () => {
    expect(nearMisses.of('inventory.adjusted')).toBe('INVENTORY_ADJUSTED');
  });

  it.each([
    '',
    '_',
    'ORDER',
    'CREATED',
    'ORDER_UPDATED',
    'ORDER_CANCELLED',
    'ORDER_CREATED_BY_PHONE',
    '🍷',
    '\ud800',
  ])('%j resembles none', (named) => {
    expect(nearMisses.of(named)).toBeNull();
  });

  it('is compared again after many others', () => {
    for (let index = 0; index < 2_500; index += 1) expect(nearMisses.of(`TYPE_${index}`)).toBeNull();
    expect(nearMisses.of('order_created')).toBe('ORDER_CREATED');
  });
});
