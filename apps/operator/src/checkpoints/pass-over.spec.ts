import { FaultError, type DeadLetter, type DeadLetterPublisher, type Fault } from '#pipeline';
import { MemoryWarehouse } from '#testing';
import { OperationError } from '../failures.js';
import { passOver } from './pass-over.js';

const FAULT: Fault = { class: 'transient', code: 'AWAY', message: 'away', remedy: null };
const AT = { topic: 't', partition: 3 };

class MemoryTopic implements DeadLetterPublisher {
  readonly letters: DeadLetter[] = [];
  fault: Fault | null = null;

  async publish(letters: readonly DeadLetter[]): Promise<Fault | null> {
    if (this.fault === null) this.letters.push(...letters);
    return this.fault;
  }
}

describe('passOver', () => {
  let warehouse: MemoryWarehouse;
  let topic: MemoryTopic;
  beforeEach(async () => {
    warehouse = new MemoryWarehouse();
    topic = new MemoryTopic();
    await warehouse.claim([{ ...AT, startOffset: 40 }]);
  });

  const offsets = (letters: readonly DeadLetter[]) => letters.map(({ message: { offset } }) => offset);
  const passed = Array.from({ length: 2_500 }, (_, index) => 40 + index);

  it('writes a dead letter for each offset to the topic and the table, in chunks', async () => {
    await passOver({ ...AT, from: 40, to: 2_540 }, warehouse, topic);

    expect(offsets(topic.letters)).toEqual(passed);
    expect(offsets(warehouse.deadLetters)).toEqual(passed);
    expect(warehouse.checkpoint('t', 3)).toMatchObject({
      firstOffset: 40,
      nextOffset: 2_540,
      deadLettered: 2_500,
      lastTimestampMs: null,
    });
    expect(Math.max(...warehouse.batches.map(({ deadLetters }) => deadLetters.length))).toBe(1_000);
  });

  it('settles no offset whose letter could not be published', async () => {
    topic.fault = FAULT;
    await expect(passOver({ ...AT, from: 40, to: 50 }, warehouse, topic)).rejects.toThrow(FaultError);
    expect(warehouse.checkpoint('t', 3)).toMatchObject({ nextOffset: 40, deadLettered: 0 });
  });

  it('stops at a warehouse fault and keeps what is already written', async () => {
    warehouse.script.push(
      async () => 'write',
      async () => ({ kind: 'fault', fault: FAULT }),
    );
    await expect(passOver({ ...AT, from: 40, to: 2_540 }, warehouse, topic)).rejects.toThrow(FaultError);
    expect(warehouse.checkpoint('t', 3)).toMatchObject({ nextOffset: 1_040, deadLettered: 1_000 });
  });

  it('passes over nothing if the checkpoint has moved', async () => {
    const done = passOver({ ...AT, from: 39, to: 50 }, warehouse, topic);
    await expect(done).rejects.toThrow(OperationError);
    await expect(done).rejects.toThrow('no longer at 39');
    expect(warehouse.deadLetters).toEqual([]);
  });
});
