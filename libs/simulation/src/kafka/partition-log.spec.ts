import { createWorld } from '../time/world.js';
import { Random } from '../time/random.js';
import { PartitionLog, type NewRecord } from './partition-log.js';

const record = (value: string): NewRecord => ({ key: null, value: Buffer.from(value) });
const values = (log: PartitionLog, from = 0) =>
  log.read(from, 1_000_000).messages.map(({ value }) => value?.toString());

describe('PartitionLog', () => {
  beforeEach(() => {
    createWorld(1);
  });

  it('shows nothing past the first open transaction, and names the aborted ones', () => {
    const log = new PartitionLog(0, 1);
    log.append([record('plain')]);
    log.append([record('of A')], 'A');
    log.append([record('of B')], 'B');
    expect(values(log)).toEqual(['plain']);
    log.endTransaction('B', false);
    expect(log.stableEnd).toBe(1);
    log.endTransaction('A', true);
    expect(values(log).slice(0, 3)).toEqual(['plain', 'of A', 'of B']);
    expect(log.read(0, 1_000_000).abortedTransactions).toEqual([{ producerId: 'B', firstOffset: '2' }]);
    expect(log.fates.map(({ kind }) => kind)).toEqual([
      'message',
      'message',
      'aborted',
      'control',
      'control',
    ]);
  });

  it('notes who deleted a message: retention below an offset, or compaction', () => {
    const log = new PartitionLog(0, 1);
    for (const value of ['a', 'b', 'c', 'd']) log.append([record(value)]);
    log.retain(1);
    log.compact(new Random(1), 1);
    expect(log.low).toBe(1);
    expect(values(log, 1)).toEqual(['d']);
    expect(log.fates.map(({ deletedBy }) => deletedBy)).toEqual([
      'retention',
      'compaction',
      'compaction',
      null,
    ]);
  });
});
