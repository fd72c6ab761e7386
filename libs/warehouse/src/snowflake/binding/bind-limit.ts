const FIRST_WAIT_MS = 10 * 60_000;
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** A server may refuse a request by closing the connection. So many closed connections in a row count as a refusal. */
const SUSPICIOUS_INTERRUPTIONS = 3;
/** A bind of up to this size is never taken for the reason. */
const NEVER_TOO_LARGE_BYTES = 64 * 1024;

/**
 * How many bytes one statement may bind. Snowflake, or a proxy before it, may refuse less than the setting allows (HTTP
 * 413), and does not say what it accepts. So each refusal halves the limit. After some minutes twice as much is tried; if
 * that is refused too, the next trial comes after twice the time.
 */
export class BindLimit {
  #bytes: number;
  #waitMs = FIRST_WAIT_MS;
  #nextTrialAt = Infinity;
  #isTrial = false;
  #interruptions = 0;

  /** @param most the setting */
  constructor(private readonly most: number) {
    this.#bytes = most;
  }

  get bytes(): number {
    const now = performance.now();
    if (now >= this.#nextTrialAt) {
      this.#bytes = Math.min(this.most, this.#bytes * 2);
      this.#isTrial = true;
      this.#nextTrialAt = this.#bytes < this.most ? now + this.#waitMs : Infinity;
    }
    return this.#bytes;
  }

  /** @param bytes the size of the bind that was refused */
  refused(bytes: number): void {
    const smaller = Math.max(1, Math.floor(bytes / 2));
    if (smaller >= this.#bytes) return;
    if (this.#isTrial) this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
    this.#bytes = smaller;
    this.#isTrial = false;
    this.#nextTrialAt = performance.now() + this.#waitMs;
  }

  accepted(): void {
    this.#interruptions = 0;
  }

  /** The connection was closed without a response. */
  interrupted(bytes: number): void {
    if (bytes <= NEVER_TOO_LARGE_BYTES) return;
    this.#interruptions += 1;
    if (this.#interruptions % SUSPICIOUS_INTERRUPTIONS === 0) this.refused(bytes);
  }
}
