import { Settling } from './settling.js';
import type { Usage } from './usage.js';

const MEBIBYTE = 1024 * 1024;

function settling(processes: number, events: number, usage: () => Usage | null = () => null) {
  const made = new Settling(processes, events, usage);
  made.stop();
  return made;
}

describe('how a backlog goes down', () => {
  it('is measured from the first batch to the last full one', async () => {
    let cpuSeconds = 1;
    const of = settling(1, 10_050, () => ({
      cpuSeconds: (cpuSeconds += 0.1),
      rssBytes: 5 * MEBIBYTE,
      peakRssBytes: 6 * MEBIBYTE,
    }));
    of.add(0, { timeMs: 1_000, events: 2_000 });
    of.add(0, { timeMs: 2_000, events: 6_000 });
    of.add(0, { timeMs: 3_000, events: 10_000 });
    of.add(0, { timeMs: 6_000, events: 10_050 });

    await of.finished;
    expect(of.measurement()).toMatchObject({
      events: 8_000,
      seconds: 2,
      eventsPerSecond: 4_000,
      eventsPerSecondToTheEnd: 1_610,
      cpuMicrosPerEvent: expect.closeTo(25),
      peakRssMb: 6,
    });
    expect(of.measurement().rssMbByTenth).toEqual([0, 5, 0, 0, 0, 5, 0, 0, 0, 5]);
  });

  it('lasts from when all processes are at work until one of them runs out', async () => {
    const of = settling(2, 11_100);
    of.add(0, { timeMs: 1_000, events: 1_000 });
    of.add(1, { timeMs: 2_000, events: 500 });
    of.add(0, { timeMs: 3_000, events: 3_000 });
    of.add(1, { timeMs: 4_000, events: 2_500 });
    of.add(0, { timeMs: 5_000, events: 5_000 });
    of.add(0, { timeMs: 6_000, events: 5_100 });
    of.add(1, { timeMs: 6_000, events: 4_500 });
    of.add(1, { timeMs: 8_000, events: 6_000 });

    await of.finished;
    expect(of.measurement()).toMatchObject({
      // Process 0 from 2,000 to 5,000, process 1 from 500 to 3,500.
      events: 6_000,
      seconds: 3,
      eventsPerSecond: 2_000,
      // From 2,500 of both together.
      eventsPerSecondToTheEnd: expect.closeTo(8_600 / 6),
      cpuMicrosPerEvent: null,
    });
  });

  it('is no result where a process never came to work', () => {
    const of = settling(2, 1_000);
    of.add(0, { timeMs: 1_000, events: 1_000 });

    expect(() => of.measurement()).toThrow('raise --events');
  });

  it('fails when more is settled than there is', async () => {
    const of = settling(1, 1_000);
    of.add(0, { timeMs: 1_000, events: 1_001 });

    await expect(of.finished).rejects.toThrow('settled 1001 events of 1000: some of them twice');
  });
});
