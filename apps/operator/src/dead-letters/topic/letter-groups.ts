import type { DeadLetterEntry, DeadLetterGroup, Grouping } from '#warehouse';
import { producerOf } from './letter-filter.js';

const HOUR_MS = 3_600_000;

/** The values that the letters of a group share. */
type Shared = Pick<DeadLetterGroup, 'type' | 'eventType' | 'field' | 'producer' | 'hourMs'>;

/** Groups a stream of letters the way the table's queries do. */
export class LetterGroups {
  readonly #groups = new Map<string, DeadLetterGroup>();

  constructor(private readonly by: readonly Grouping[]) {}

  add(letter: DeadLetterEntry): void {
    const { topic, partition, offset, failedAtMs } = letter;
    for (const shared of this.#sharedBy(letter)) {
      const key = JSON.stringify(shared);
      const group = this.#groups.get(key);
      if (group === undefined) {
        const last = { topic, partition, offset };
        const times = { firstFailedAtMs: failedAtMs, lastFailedAtMs: failedAtMs };
        this.#groups.set(key, { ...shared, count: 1, ...times, last });
        continue;
      }
      group.count += 1;
      group.firstFailedAtMs = Math.min(group.firstFailedAtMs, failedAtMs);
      if (failedAtMs < group.lastFailedAtMs) continue;
      group.lastFailedAtMs = failedAtMs;
      group.last = { topic, partition, offset };
    }
  }

  /** Largest first. */
  list(): DeadLetterGroup[] {
    return [...this.#groups.values()].sort(
      (a, b) => b.count - a.count || b.lastFailedAtMs - a.lastFailedAtMs,
    );
  }

  #sharedBy(letter: DeadLetterEntry): Shared[] {
    const { by } = this;
    const shared: Shared = {
      ...(by.includes('type') && { type: letter.errorType }),
      ...(by.includes('event-type') && { eventType: letter.eventType }),
      ...(by.includes('producer') && { producer: producerOf(letter) }),
      ...(by.includes('hour') && { hourMs: letter.failedAtMs - (letter.failedAtMs % HOUR_MS) }),
    };
    if (!by.includes('field')) return [shared];
    const fields = new Set(letter.details.map(({ field }) => field));
    return fields.size === 0
      ? [{ ...shared, field: null }]
      : [...fields].map((field) => ({ ...shared, field }));
  }
}
