import { MOST_NAMED } from '#warehouse';

/** What is wrong with some offsets, as the end of a sentence. */
export const KINDS = {
  missing: 'are in the log and in no table',
  orphan: 'have a row or a dead letter, and the log has no record there',
  value: 'have another EVENT_CONTENT than the record in the log',
  place: 'have another key or timestamp in EVENT_METADATA than the record in the log',
  columns: 'have another EVENT_TYPE, PRODUCT_ID or CUSTOMER_ID than their record says',
  letter: 'have another value, key, headers or timestamp in SALES_EVENTS_DLQ than the record in the log',
  twice: 'were redriven and are stored a second time',
} as const;

export type Kind = keyof typeof KINDS;

/** Offsets of one partition by what is wrong with them: all are counted, the first are named. */
export class Findings {
  readonly #found = new Map<Kind, { count: number; offsets: number[] }>();

  add(kind: Kind, offset: number): void {
    const known = this.#found.get(kind) ?? { count: 0, offsets: [] };
    known.count += 1;
    if (known.offsets.length < MOST_NAMED) known.offsets.push(offset);
    this.#found.set(kind, known);
  }

  count(kind: Kind): number {
    return this.#found.get(kind)?.count ?? 0;
  }

  /** A sentence for each kind. */
  sentences(topic: string, partition: number, kinds = Object.keys(KINDS) as Kind[]): string[] {
    return kinds.flatMap((kind) => {
      const found = this.#found.get(kind);
      if (found === undefined) return [];
      const named = found.offsets.map((offset) => `${topic}-${partition}@${offset}`).join(', ');
      return [
        `${found.count} offsets ${KINDS[kind]}: ${named}${found.count > found.offsets.length ? ', ...' : ''}`,
      ];
    });
  }
}
