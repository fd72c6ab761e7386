import { AcknowledgementCounter } from './acknowledgement-counter.js';
import { Traffic } from '#traffic';

describe('The report', () => {
  it('adds up: by kind, and by what is to come of the messages', () => {
    const traffic = new Traffic({ seed: 3, shares: { bad: 0.3, tombstones: 0.1, unknown: 0.1 } });
    const counter = new AcknowledgementCounter();
    for (let batch = 0; batch < 3; batch += 1) counter.add(Array.from({ length: 100 }, () => traffic.next()));

    const { acknowledged, events, bad, expected, ...rest } = counter.report({
      topic: 'sales_events',
      seed: 3,
      seconds: 1.23456,
      done: true,
    });
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
    expect(acknowledged).toBe(300);
    expect(sum(events) + sum(bad)).toBe(300);
    expect(sum(expected)).toBe(300);
    expect(expected.skipped).toBe(events.tombstone);
    expect(Number(expected.stored) + Number(expected.skipped)).toBe(sum(events));
    expect(rest).toEqual({ topic: 'sales_events', seed: 3, seconds: 1.235, done: true });
  });
});
