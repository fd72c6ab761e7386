import type { KafkaMessage } from 'kafkajs';
import { createWorld } from '../time/world.js';
import { Random } from '../time/random.js';
import { decodeMessages } from './kafkajs-inside.js';
import { PartitionLog } from './partition-log.js';
import type { NewRecord } from './record-batch.js';

const record = (value: string): NewRecord => ({ key: null, value: Buffer.from(value) });
const values = async (log: PartitionLog, from = 0) => {
  const messages = await decodeMessages(log.read(from, 1_000_000).bytes);
  return (messages as KafkaMessage[]).map(({ value }) => value?.toString());
};

describe('PartitionLog', () => {
  beforeEach(() => {
    createWorld(1);
  });

  it('hides everything after the start of the first open transaction, and lists aborted ones', async () => {
    const log = new PartitionLog(0, 1);
    log.append([record('plain')]);
    log.append([record('of A')], '7');
    log.append([record('of B')], '8');
    await expect(values(log)).resolves.toEqual(['plain']);
    log.endTransaction('8', false);
    expect(log.stableEnd).toBe(1);
    log.endTransaction('7', true);
    expect((await values(log)).slice(0, 3)).toEqual(['plain', 'of A', 'of B']);
    expect(log.read(0, 1_000_000).abortedTransactions).toEqual([{ producerId: '8', firstOffset: '2' }]);
    expect(log.fates.map(({ kind }) => kind)).toEqual([
      'message',
      'message',
      'aborted',
      'control',
      'control',
    ]);
  });

  it('records whether retention or compaction deleted a message', async () => {
    const log = new PartitionLog(0, 1);
    for (const value of ['a', 'b', 'c', 'd']) log.append([record(value)]);
    log.retain(1);
    log.compact(new Random(1), 1);
    expect(log.low).toBe(1);
    await expect(values(log, 1)).resolves.toEqual(['d']);
    expect(log.fates.map(({ deletedBy }) => deletedBy)).toEqual([
      'retention',
      'compaction',
      'compaction',
      null,
    ]);
  });
});
