import { EventQueue } from './event-queue.js';
import type { ScheduledEvent } from './simulated-process.js';
import { Random } from './random.js';

describe('EventQueue', () => {
  it('returns events by time, and those of one time in the order in which they were added', () => {
    const random = new Random(1);
    const events = Array.from({ length: 500 }, (_, sequence): ScheduledEvent => ({
      at: random.integer(0, 50),
      sequence,
      process: null,
      isCancelled: false,
      happen: () => undefined,
    }));
    const queue = new EventQueue();
    for (const event of events) queue.add(event);
    const taken: ScheduledEvent[] = [];
    for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next);
    expect(taken).toEqual(
      events.toSorted((one, other) => one.at - other.at || one.sequence - other.sequence),
    );
  });
});
