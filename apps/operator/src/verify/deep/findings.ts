import { MOST_NAMED } from '#warehouse';

/** What is wrong with the offsets, as the end of a sentence. */
export const KINDS = {
  missing: 'are in the log but in no table',
  orphan: 'have a row or a dead letter, but the log has no record there',
  value: 'differ in EVENT_CONTENT from the record in the log',
  place: 'differ in key or timestamp (EVENT_METADATA) from the record in the log',
  columns: 'differ in EVENT_TYPE, PRODUCT_ID or CUSTOMER_ID from the record in the log',
  letter: 'differ in value, key, headers or timestamp (SALES_EVENTS_DLQ) from the record in the log',
  twice: 'were redriven and are stored a second time',
} as const;

export type Kind = keyof typeof KINDS;

/** Faulty offsets of one partition by kind: all are counted, the first ones are listed. */
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

  /** One sentence for each kind. */
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
