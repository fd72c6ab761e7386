import { IngesterLog } from './ingester-log.js';

function read(...lines: (object | string)[]): IngesterLog {
  const log = new IngesterLog();
  for (const line of lines) log.read(typeof line === 'string' ? line : JSON.stringify(line));
  return log;
}

const time = '2026-01-02T03:04:05.678Z';

describe('IngesterLog', () => {
  it('knows the last committed batch', () => {
    const committed = {
      level: 'info',
      time,
      event: 'batch_committed',
      events: 5,
      totalSeconds: 0.1,
      msg: '📦',
    };
    const log = read({ ...committed, events: 4 }, committed, { level: 'info', time, msg: 'else' });
    expect(log.lastBatch).toEqual({ events: 5, seconds: 0.1, atMs: Date.parse(time) });
    expect(log.notices).toEqual([]);
  });

  it('notices warnings, errors and recoveries, with their time', () => {
    const log = read(
      { level: 'warn', time, msg: '⚠️ Kafka is away' },
      { level: 'info', time, event: 'recovered', msg: '✅ Kafka works again' },
    );
    expect(log.notices).toEqual([
      expect.stringMatching(/^\d\d:04:05 ⚠️ Kafka is away$/),
      expect.stringMatching(/^\d\d:04:05 ✅ Kafka works again$/),
    ]);
  });

  it('gives the last lines as a person reads them', () => {
    const lines = Array.from({ length: 12 }, (_, n) => ({ level: 'info', time, msg: `line ${n}` }));
    const log = read(...lines, 'a crash');
    expect(log.lastLines).toMatch(/^\d\d:04:05 line 3\n(.+\n){8}a crash$/);
  });

  it('says nothing about dead letters while they are few: they are expected, and counted', () => {
    const few = { level: 'info', time, event: 'dead_letters_published', msg: '📮 1 dead letter' };
    const many = { ...few, level: 'warn', msg: '⚠️ 90 dead letters' };
    expect(read(few, many).notices).toEqual([expect.stringContaining('90 dead letters')]);
  });

  it('keeps the last three lines that are not log lines, such as those of a crash', () => {
    expect(read('one', 'two', 'null', 'Error: four').notices).toEqual(['two', 'null', 'Error: four']);
  });
});
