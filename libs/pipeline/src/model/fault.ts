/**
 * A failure outside of this process, classified by what helps:
 * - `transient`: a retry with backoff; partitions are held meanwhile.
 * - `setup`: somebody must act (privilege, missing table, wrong password); the service is not ready, and retries
 *   slowly.
 *
 * Faults of the data are not included: those are rejected rows, see {@link WriteResult}.
 */
export interface Fault {
  class: 'transient' | 'setup';
  /** The vendor's code, or a short name such as `ECONNRESET`; a label value of a metric. */
  code: string;
  /** What happened and where, without secrets or event content. */
  message: string;
  /** What to do about it; null if waiting helps. */
  remedy: string | null;
}

/** A fault as an exception, for functions that do not return faults as values. */
export class FaultError extends Error {
  override name = 'FaultError';
  constructor(readonly fault: Fault) {
    super(faultText(fault));
  }
}

/** `message (code). remedy`, the format in logs and health responses. */
export function faultText({ message, code, remedy }: Fault): string {
  return `${message} (${code})${remedy === null ? '' : `. ${remedy}`}`;
}

/** Converts a thrown value, which can be anything in JavaScript, to an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
