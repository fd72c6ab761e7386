import { RecordingObserver } from '#testing';
import { PipelineObservers } from './pipeline-observers.js';

describe('PipelineObservers', () => {
  it('notifies all observers, partial ones of their part, and late ones from when they join', () => {
    const first = new RecordingObserver();
    const buffered: number[][] = [];
    const observers = new PipelineObservers(first, { buffered: (...what) => void buffered.push(what) });
    observers.buffered(1, 10);
    observers.lag([]);
    const late = new RecordingObserver();
    observers.join(late);
    observers.buffered(2, 20);
    expect(first.calls).toMatchObject({
      buffered: [
        [1, 10],
        [2, 20],
      ],
      lag: [[[]]],
    });
    expect(buffered).toEqual([
      [1, 10],
      [2, 20],
    ]);
    expect(late.calls).toMatchObject({ buffered: [[2, 20]], lag: [] });
  });
});
