import type { ChangedRecord, FieldChange } from './change.js';

/** Records that share event type, field, reason and producer. */
export interface ChangeGroup {
  eventType: string | null;
  producer: string | null;
  change: FieldChange;
  count: number;
  /** The coordinates of the first records. */
  examples: string[];
}

/** Event types and producers come from messages: memory holds at most this many groups. */
const MOST_GROUPS = 1_000;

/** Counts changed records, in all and by group. A record is in one group for each of its fields. */
export class ChangeGroups {
  count = 0;
  /** How often a field was not counted in any group, because there were too many. */
  ungrouped = 0;
  readonly #groups = new Map<string, ChangeGroup>();

  constructor(private readonly mostExamples: number) {}

  add({ id, eventType, producer, fields }: ChangedRecord): void {
    this.count += 1;
    for (const change of fields) {
      const key = JSON.stringify([eventType, producer, change]);
      let group = this.#groups.get(key);
      if (group === undefined) {
        if (this.#groups.size >= MOST_GROUPS) {
          this.ungrouped += 1;
          continue;
        }
        this.#groups.set(key, (group = { eventType, producer, change, count: 0, examples: [] }));
      }
      group.count += 1;
      if (group.examples.length < this.mostExamples) group.examples.push(id);
    }
  }

  /** Largest first. */
  list(): ChangeGroup[] {
    return [...this.#groups.values()].sort((one, other) => other.count - one.count);
  }
}
