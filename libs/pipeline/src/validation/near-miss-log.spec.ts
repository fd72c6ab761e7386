import { NearMissLog } from './near-miss-log.js';

const at = (offset: number) => ({ topic: 't', partition: 0, offset });

describe('the log of near misses', () => {
  it('names each type with its count and the last event', () => {
    const log = new NearMissLog();
    expect(log.sentences()).toEqual([]);
    for (const offset of [1, 2]) log.add({ named: 'order_created', contract: 'ORDER_CREATED' }, at(offset));
    log.add({ named: '\u001b[31m<ORDER>', contract: 'ORDER_CREATED' }, at(3));
    expect(log.sentences()).toEqual([
      'event type order_created has no contract, but resembles ORDER_CREATED: 2 events, the last from t-0@2',
      'event type ??31m?ORDER? has no contract, but resembles ORDER_CREATED: 1 event, the last from t-0@3',
    ]);
  });

  it('keeps ten names, and counts the events of all others', () => {
    const log = new NearMissLog();
    for (let index = 0; index < 1_000; index += 1) {
      log.add({ named: `ORDER_CREATED_${index}`, contract: 'ORDER_CREATED' }, at(index));
    }
    expect(log.sentences()).toHaveLength(11);
    expect(log.sentences().at(-1)).toBe("990 events of further types that resemble a contract's");
  });
});
