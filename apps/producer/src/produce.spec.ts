import { produce } from './produce.js';
import type { Clock, Production } from './produce.js';
import type { ProducedMessage } from '#traffic';

const MESSAGE: ProducedMessage = { kind: 'tombstone', expected: 'skipped', key: 'k', value: null };

/** A clock that stands still but for sleeping. */
class StillClock implements Clock {
  #now = 5000;
  now() {
    return this.#now;
  }
  async sleep(milliseconds: number) {
    this.#now += milliseconds;
  }
}

async function produced(options: Partial<Production>): Promise<{ batches: number[]; seconds: number }> {
  const clock = new StillClock();
  const batches: number[] = [];
  const startedAt = clock.now();
  await produce({
    next: () => MESSAGE,
    sink: { send: async () => undefined },
    rate: 'max',
    count: Infinity,
    signal: new AbortController().signal,
    onAcknowledged: ({ length }) => batches.push(length),
    clock,
    ...options,
  });
  return { batches, seconds: (clock.now() - startedAt) / 1000 };
}

describe('produce', () => {
  it('sends exactly as many as asked, in batches of a thousand', async () => {
    expect(await produced({ count: 2500 })).toEqual({ batches: [1000, 1000, 500], seconds: 0 });
  });

  it('keeps the rate, tick by tick', async () => {
    const { batches, seconds } = await produced({ count: 100, rate: 200 });
    expect(batches).toEqual([20, 20, 20, 20, 20]);
    expect(seconds).toBeCloseTo(0.5);
  });

  it('keeps a rate below one message a tick', async () => {
    const { batches, seconds } = await produced({ count: 3, rate: 0.5 });
    expect(batches).toEqual([1, 1, 1]);
    expect(seconds).toBeCloseTo(6);
  });

  it('makes up for what a slow broker held back', async () => {
    const clock = new StillClock();
    let isFirst = true;
    const send = async () => {
      if (isFirst) await clock.sleep(1000);
      isFirst = false;
    };
    const { batches } = await produced({ count: 130, rate: 100, clock, sink: { send } });
    expect(batches).toEqual([10, 100, 10, 10]);
  });

  it('ends after the batch under way when it is told to', async () => {
    const controller = new AbortController();
    const send = async () => {
      controller.abort();
    };
    expect((await produced({ sink: { send }, signal: controller.signal })).batches).toEqual([1000]);
  });

  it('counts nothing that is not acknowledged', async () => {
    const acknowledged: number[] = [];
    const production = produced({
      sink: { send: async () => Promise.reject(new Error('no broker')) },
      onAcknowledged: ({ length }) => acknowledged.push(length),
    });
    await expect(production).rejects.toThrow('no broker');
    expect(acknowledged).toEqual([]);
  });
});
