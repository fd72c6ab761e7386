import { identityOf } from '#events';
import { coordinatesText } from '#pipeline';
import { keptBytes } from '#redrive';
import type { DeadLetterEntry } from '#warehouse';

interface Seen {
  id: string;
  isChanged: boolean;
}

/** Two letters that a change makes the same event. */
export interface EqualIdentity {
  identity: string;
  ids: [string, string];
}

/** Finds letters that would become the same event by a change of their ids. */
export class EqualIdentities {
  readonly #seen = new Map<string, Seen>();

  /** Adds a letter and the value to send. Returns the earlier letter that it would equal; null if there is none. */
  add(letter: DeadLetterEntry, value: Buffer): EqualIdentity | null {
    const identity = identityOf(value);
    if (identity === null) return null;
    const isChanged = identityOf(keptBytes(letter.value)) !== identity;
    const id = coordinatesText(letter);
    const earlier = this.#seen.get(identity);
    this.#seen.set(identity, { id, isChanged });
    // Letters that always were the same event are what the producer sent: it repeats an event when in doubt.
    return earlier !== undefined && (isChanged || earlier.isChanged)
      ? { identity, ids: [earlier.id, id] }
      : null;
  }
}
