import { coordinatesText, type Coordinates } from '#pipeline';
import {
  ANY_DEAD_LETTER,
  type DeadLetterEntry,
  type DeadLetterFilter,
  type DeadLetterStore,
  type FoundDeadLetter,
} from '#warehouse';
import { OperationError } from '../failures.js';
import { chunked } from './letters.js';

/** Where dead letters are read. Calls throw FaultError. */
export interface DeadLetterSource {
  /** The letters that fit, by topic, partition and offset, each once: light enough to hold them all. */
  find(filter: DeadLetterFilter): Promise<FoundDeadLetter[]>;

  /** These letters with all that is known of them, in chunks that memory holds. */
  read(letters: readonly FoundDeadLetter[], maxLetters?: number): AsyncIterable<DeadLetterEntry[]>;

  /** What is to be known of the last reading, a line each. */
  remarks(): string[];
}

/** The dead letters of the table. */
export class TableDeadLetters implements DeadLetterSource {
  constructor(private readonly store: DeadLetterStore) {}

  find(filter: DeadLetterFilter): Promise<FoundDeadLetter[]> {
    return this.store.find(filter);
  }

  async *read(letters: readonly FoundDeadLetter[], maxLetters?: number): AsyncGenerator<DeadLetterEntry[]> {
    for await (const chunk of chunked(letters, ({ length }) => length, maxLetters)) {
      yield await this.store.read(chunk);
    }
  }

  remarks(): string[] {
    return [];
  }
}

/** @throws OperationError that names every id which no dead letter has */
export async function expectAll(source: DeadLetterSource, ids: readonly Coordinates[]): Promise<void> {
  if (ids.length === 0) return;
  const found = new Set((await source.find({ ...ANY_DEAD_LETTER, ids })).map(coordinatesText));
  const missing = ids.map(coordinatesText).filter((id) => !found.has(id));
  if (missing.length > 0) {
    throw new OperationError(
      [`There is no dead letter ${missing.join(', ')}.`, ...source.remarks()].join('\n'),
    );
  }
}
