import type { DeadLetter, DeadLetterPublisher, Fault } from '#pipeline';

/** A dead-letter topic in memory. The results of the next calls can be scripted. */
export class MemoryDeadLetterTopic implements DeadLetterPublisher {
  readonly letters: DeadLetter[] = [];
  readonly script: Fault[] = [];

  async publish(letters: readonly DeadLetter[]): Promise<Fault | null> {
    const fault = this.script.shift();
    if (fault !== undefined) return fault;
    this.letters.push(...letters);
    return null;
  }
}
