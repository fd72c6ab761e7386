/**
 * What failed outside, sorted by what helps:
 * - `transient`: try again, with growing waits; hold the partitions.
 * - `setup`: somebody must act (privilege, missing table, wrong password); not ready, try slowly.
 *
 * Faults of the data are no faults of the outside: they are rejected rows, see {@link WriteResult}.
 */
export interface Fault {
  class: 'transient' | 'setup';
  /** The vendor's code, or a short name of our own such as `ECONNRESET`; a label value of a metric. */
  code: string;
  /** What happened and where, without secrets and without event content. */
  message: string;
  /** What to do about it; null where waiting is the answer. */
  remedy: string | null;
}

/** A fault as an exception, for code whose callers do not expect it to be a value. */
export class FaultError extends Error {
  override name = 'FaultError';
  constructor(readonly fault: Fault) {
    super(faultText(fault));
  }
}

/** `message (code). remedy`, as logs and health answers write it. */
export function faultText({ message, code, remedy }: Fault): string {
  return `${message} (${code})${remedy === null ? '' : `. ${remedy}`}`;
}

/** What was thrown, which JavaScript lets be anything. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
