import { MOST_NAMED, type OffsetRange } from '#warehouse';

/** What is wrong with the offsets, as the end of a sentence. `{log}` is where the records come from. */
export const KINDS = {
  missing: 'are in the {log} but in no table',
  missingLetter: 'are in the {log} but in no table, and are dead letters by the present contract',
  orphan: 'have a row or a dead letter, but the {log} has no record there',
  value: 'differ in EVENT_CONTENT from the record in the {log}',
  place: 'differ in key or timestamp (EVENT_METADATA) from the record in the {log}',
  columns: 'differ in EVENT_TYPE, PRODUCT_ID or CUSTOMER_ID from the record in the {log}',
  letter: 'differ in value, key, headers or timestamp (SALES_EVENTS_DLQ) from the record in the {log}',
  twice: 'were redriven and are stored a second time',
  doubled: 'have more than one row or dead letter',
  before:
    'are in the {log} but in no table, before the first row of RAW_EVENTS_STREAM: deleted, or never stored',
  deleted: 'were dead letters that an operator redrove or resolved, and are deleted from SALES_EVENTS_DLQ',
  unarchived: 'are in the tables but not in the {log}: retention deleted them before they were archived',
} as const;

export type Kind = keyof typeof KINDS;

/** The number of offsets, and the first of them as ranges. */
export interface Found {
  count: number;
  ranges: OffsetRange[];
}

/** Faulty offsets of one partition by kind: all are counted, the first ranges are listed. */
export class Findings {
  readonly #found = new Map<Kind, Found>();

  add(kind: Kind, offset: number): void {
    const known = this.#found.get(kind) ?? { count: 0, ranges: [] };
    known.count += 1;
    const last = known.ranges.at(-1);
    if (last?.last === offset - 1) last.last = offset;
    else if (known.ranges.length < MOST_NAMED) known.ranges.push({ first: offset, last: offset });
    this.#found.set(kind, known);
  }

  count(kind: Kind): number {
    return this.#found.get(kind)?.count ?? 0;
  }

  list(): (Found & { kind: Kind })[] {
    return [...this.#found].map(([kind, found]) => ({ kind, ...found }));
  }

  /** One sentence for each kind. */
  sentences(topic: string, partition: number, kinds: readonly Kind[], log: 'log' | 'lake' = 'log'): string[] {
    return kinds.flatMap((kind) => {
      const found = this.#found.get(kind);
      if (found === undefined) return [];
      const named = found.ranges.map(
        ({ first, last }) => `${topic}-${partition}@${first}${last > first ? `-${last}` : ''}`,
      );
      const listed = found.ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
      const more = found.count > listed ? ', ...' : '';
      return [`${found.count} offsets ${KINDS[kind].replace('{log}', log)}: ${named.join(', ')}${more}`];
    });
  }
}
