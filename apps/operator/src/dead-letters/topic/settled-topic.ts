import { keyText } from '#redrive';
import {
  ANY_DEAD_LETTER,
  DEAD_LETTER_STATUSES,
  type DeadLetterEntry,
  type DeadLetterFilter,
  type DeadLetterStore,
  type FoundDeadLetter,
} from '#warehouse';
import type { DeadLetterSource } from '../dead-letter-source.js';

/** The dead letters of the topic with their status from the table; null if the table does not have the letter. */
export class SettledTopic implements DeadLetterSource {
  constructor(
    private readonly topic: DeadLetterSource,
    private readonly table: DeadLetterStore,
  ) {}

  async find(filter: DeadLetterFilter): Promise<FoundDeadLetter[]> {
    const others = DEAD_LETTER_STATUSES.filter((status) => filter.statuses?.includes(status) === false);
    const found = await this.topic.find(filter);
    if (others.length === 0) return found;
    const left = new Set((await this.table.find({ ...ANY_DEAD_LETTER, statuses: others })).map(keyText));
    return found.filter((letter) => !left.has(keyText(letter)));
  }

  async *read(letters: readonly FoundDeadLetter[], maxLetters?: number): AsyncGenerator<DeadLetterEntry[]> {
    for await (const chunk of this.topic.read(letters, maxLetters)) {
      const rows = new Map((await this.table.read(chunk)).map((row) => [keyText(row), row]));
      yield chunk.map((letter) => settled(letter, rows.get(keyText(letter))));
    }
  }

  remarks(): string[] {
    return this.topic.remarks();
  }
}

/** Combines the topic's copy of the message with the table's metadata, and with what the topic could not hold. */
function settled(letter: DeadLetterEntry, row: DeadLetterEntry | undefined): DeadLetterEntry {
  if (row === undefined) return letter;
  const { value } = letter;
  const { key, keyCutOff } = letter.keyCutOff === null ? letter : row;
  const { headers, headersOmitted } = letter.headersOmitted === 0 ? letter : row;
  return { ...row, value, key, keyCutOff, headers, headersOmitted };
}
