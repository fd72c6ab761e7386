import type { OperatorContext } from '../context.js';
import { EXIT_FAILED } from '../failures.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Turns SIGINT (Ctrl-C) and SIGTERM into an AbortSignal; a second signal ends the process. */
export class Interruption {
  readonly #controller = new AbortController();
  #beforeExit: () => void = () => undefined;

  constructor(private readonly signals: OperatorContext['signals']) {
    for (const name of SIGNALS) signals.on(name, this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Sets the callback that the second signal runs before it ends the process. */
  beforeExit(act: () => void): void {
    this.#beforeExit = act;
  }

  stopListening(): void {
    for (const name of SIGNALS) this.signals.off(name, this.#onSignal);
  }

  readonly #onSignal = () => {
    if (this.signal.aborted) {
      this.#beforeExit();
      process.exit(EXIT_FAILED);
    }
    this.#controller.abort();
  };
}
