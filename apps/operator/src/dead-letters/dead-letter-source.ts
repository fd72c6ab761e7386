import { coordinatesText, type Coordinates } from '#pipeline';
import { chunked } from '#redrive';
import {
  ANY_DEAD_LETTER,
  type DeadLetterEntry,
  type DeadLetterFilter,
  type DeadLetterStore,
  type FoundDeadLetter,
} from '#warehouse';
import { OperationError } from '../failures.js';

/** A place to read dead letters from. Calls throw FaultError. */
export interface DeadLetterSource {
  /** The matching letters, each once, ordered by topic, partition and offset. Small enough to hold all in memory. */
  find(filter: DeadLetterFilter): Promise<FoundDeadLetter[]>;

  /** These letters in full, in chunks that fit in memory. */
  read(letters: readonly FoundDeadLetter[], maxLetters?: number): AsyncIterable<DeadLetterEntry[]>;

  /** Remarks on the last read, one per line. */
  remarks(): string[];
}

/** The dead letters in the table. */
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
