import { Logger } from '@nestjs/common';
import { Backoff, faultText, pause, type Fault } from '#pipeline';

/** Every fault that prevents the start, one line each. */
export class StartupError extends Error {
  override name = 'StartupError';
  constructor(readonly faults: Fault[]) {
    super(faults.map(faultText).join('\n'));
  }
}

/**
 * Runs a service's checks before anything is read. It waits for transient faults; faults that somebody must fix end the
 * start, all reported at once. A check that has passed does not run again.
 */
export class StartupChecks {
  readonly #logger = new Logger(StartupChecks.name);
  #waitingFor: Fault[] = [];
  #isPassed = false;

  constructor(private readonly checks: readonly (() => Promise<Fault[]>)[]) {}

  get isPassed(): boolean {
    return this.#isPassed;
  }

  /** The faults that the start is waiting for. */
  get waitingFor(): Fault[] {
    return this.#waitingFor;
  }

  /** @throws StartupError if waiting does not help */
  async pass(stop: AbortSignal): Promise<void> {
    const wait = new Backoff();
    let open = this.checks;
    while (!stop.aborted) {
      const answers = await Promise.all(open.map(async (check) => ({ check, faults: await check() })));
      open = answers.filter(({ faults }) => faults.length > 0).map(({ check }) => check);
      this.#waitingFor = answers.flatMap(({ faults }) => faults);
      if (this.#waitingFor.length === 0) {
        this.#isPassed = true;
        return;
      }
      if (this.#waitingFor.some((fault) => fault.class === 'setup')) throw new StartupError(this.#waitingFor);
      const waitMs = wait.next('transient');
      for (const fault of this.#waitingFor) {
        this.#logger.warn(
          `⚠️ Waiting to start: ${faultText(fault)}; retrying in ${(waitMs / 1000).toFixed(1)} s`,
        );
      }
      await pause(waitMs, stop);
    }
  }
}
