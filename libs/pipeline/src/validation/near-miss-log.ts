import type { NearMiss } from '#events';
import { coordinatesText, type Coordinates } from '../model/message.js';

/** More names are not kept: they come from producers. */
const MOST_NAMES = 10;

interface Seen extends NearMiss {
  count: number;
  last: Coordinates;
}

/** Event types without a contract that resemble one, since the start of this process. */
export class NearMissLog {
  readonly #seen = new Map<string, Seen>();
  #others = 0;

  add(nearMiss: NearMiss, { topic, partition, offset }: Coordinates): void {
    const last = { topic, partition, offset };
    const seen = this.#seen.get(nearMiss.named);
    if (seen !== undefined) {
      seen.count += 1;
      seen.last = last;
    } else if (this.#seen.size < MOST_NAMES) {
      this.#seen.set(nearMiss.named, { ...nearMiss, count: 1, last });
    } else this.#others += 1;
  }

  /** One sentence for each name, and one for those that are not kept. */
  sentences(): string[] {
    const sentences = [...this.#seen.values()].map(
      ({ named, contract, count, last }) =>
        `event type ${shown(named)} has no contract, but resembles ${contract}: ${events(count)}, ` +
        `the last from ${coordinatesText(last)}`,
    );
    if (this.#others === 0) return sentences;
    return [...sentences, `${events(this.#others)} of further types that resemble a contract's`];
  }
}

/** A producer chooses the name, and it is shown in terminals and pages. */
function shown(named: string): string {
  return named.replace(/[^\w .:/-]/gu, '?');
}

function events(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'event' : 'events'}`;
}
