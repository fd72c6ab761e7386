import type { EventLabel } from '#events';
import type { DriftCount, ValidatedCount } from '../ports/pipeline-observer.js';

/** Collects the counts of a range, so that metrics are updated per range and not per message. */
export class ValidationCounts {
  readonly #counts = new LabelCounts<ValidatedCount['status']>();
  readonly #drift = new LabelCounts<DriftCount['kind']>();

  add(label: EventLabel, status: ValidatedCount['status']): void {
    this.#counts.add(label, status, 1);
  }

  addDrift(label: EventLabel, kind: DriftCount['kind'], count: number): void {
    if (count > 0) this.#drift.add(label, kind, count);
  }

  byStatus(): ValidatedCount[] {
    return this.#counts.list().map(([label, status, count]) => ({ label, status, count }));
  }

  drift(): DriftCount[] {
    return this.#drift.list().map(([label, kind, count]) => ({ label, kind, count }));
  }
}

/** Uses nested maps: a combined key would have to be built and hashed for each message. */
class LabelCounts<What> {
  readonly #byLabel = new Map<EventLabel, Map<What, number>>();

  add(label: EventLabel, what: What, count: number): void {
    let ofLabel = this.#byLabel.get(label);
    if (ofLabel === undefined) this.#byLabel.set(label, (ofLabel = new Map<What, number>()));
    ofLabel.set(what, (ofLabel.get(what) ?? 0) + count);
  }

  list(): [EventLabel, What, number][] {
    return [...this.#byLabel].flatMap(([label, ofLabel]) =>
      [...ofLabel].map(([what, count]): [EventLabel, What, number] => [label, what, count]),
    );
  }
}
