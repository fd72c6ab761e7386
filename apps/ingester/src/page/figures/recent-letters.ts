import { ERROR_TYPES, type DeadLetter, type ErrorType } from '#pipeline';

/** A dead letter on the page: its coordinates and faults, but nothing of its value. */
export interface ShownLetter extends Pick<
  DeadLetter,
  'errorType' | 'reason' | 'details' | 'eventType' | 'attempt' | 'failedAtMs'
> {
  topic: string;
  partition: number;
  offset: number;
}

export interface LetterSummary {
  /** Every error type, including those that did not occur. */
  byType: { errorType: ErrorType; count: number }[];
  /** Counts by fault, most frequent first. Fields and rules come from the contract, so the set is closed. */
  byFault: { field: string; rule: string; count: number }[];
  /** Newest first. */
  newest: ShownLetter[];
}

const KEPT = 12;
const SHOWN_FAULTS = 10;

/** Counts of the dead letters since the start, and the newest of them. */
export class RecentLetters {
  readonly #byType = new Map<ErrorType, number>(ERROR_TYPES.map((type) => [type, 0]));
  readonly #byFault = new Map<string, { field: string; rule: string; count: number }>();
  #newest: ShownLetter[] = [];

  add(letters: readonly DeadLetter[]): void {
    for (const { errorType, details } of letters) {
      this.#byType.set(errorType, (this.#byType.get(errorType) ?? 0) + 1);
      for (const { field, rule } of details) this.#countFault(field, rule);
    }
    this.#newest = [...letters.slice(-KEPT).map(shown).reverse(), ...this.#newest].slice(0, KEPT);
  }

  summary(): LetterSummary {
    return {
      byType: [...this.#byType].map(([errorType, count]) => ({ errorType, count })),
      byFault: [...this.#byFault.values()].sort((a, b) => b.count - a.count).slice(0, SHOWN_FAULTS),
      newest: this.#newest,
    };
  }

  #countFault(field: string, rule: string): void {
    const fault = this.#byFault.get(`${field} ${rule}`);
    if (fault === undefined) this.#byFault.set(`${field} ${rule}`, { field, rule, count: 1 });
    else fault.count += 1;
  }
}

function shown(letter: DeadLetter): ShownLetter {
  const { message, errorType, reason, details, eventType, attempt, failedAtMs } = letter;
  const { topic, partition, offset } = message;
  return { topic, partition, offset, errorType, reason, details, eventType, attempt, failedAtMs };
}
