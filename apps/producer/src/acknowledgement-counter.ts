import { BAD_KINDS, type BadKind, type Expectation, type MessageKind, type ProducedMessage } from '#traffic';

/** What the topic has acknowledged so far. Names of kinds that did not occur are left out. */
export interface ProducerReport {
  topic: string;
  seed: number;
  /** Messages that all in-sync replicas have. */
  acknowledged: number;
  seconds: number;
  events: Partial<Record<MessageKind, number>>;
  bad: Partial<Record<BadKind, number>>;
  /** What is to come of them: rows, skipped messages, and dead letters by their error type. */
  expected: Partial<Record<Expectation, number>>;
  /** True in the last report of a run. */
  done: boolean;
}

/** Counts acknowledged messages. */
export class AcknowledgementCounter {
  #acknowledged = 0;
  readonly #kinds = new Map<MessageKind, number>();
  readonly #expected = new Map<Expectation, number>();

  get acknowledged(): number {
    return this.#acknowledged;
  }

  add(messages: readonly ProducedMessage[]): void {
    this.#acknowledged += messages.length;
    for (const { kind, expected } of messages) {
      this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
      this.#expected.set(expected, (this.#expected.get(expected) ?? 0) + 1);
    }
  }

  report(run: Pick<ProducerReport, 'topic' | 'seed' | 'seconds' | 'done'>): ProducerReport {
    const isBad = (kind: MessageKind) => BAD_KINDS.some((bad) => bad === kind);
    const kinds = [...this.#kinds].sort(([a], [b]) => a.localeCompare(b));
    return {
      topic: run.topic,
      seed: run.seed,
      acknowledged: this.#acknowledged,
      seconds: Math.round(run.seconds * 1000) / 1000,
      events: Object.fromEntries(kinds.filter(([kind]) => !isBad(kind))),
      bad: Object.fromEntries(kinds.filter(([kind]) => isBad(kind))),
      expected: Object.fromEntries(this.#expected),
      done: run.done,
    };
  }
}
