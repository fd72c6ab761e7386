import { EXIT_FAILED } from '../failures.js';

/** Ctrl-C and SIGTERM as a signal to stop by; the second one ends the process. */
export interface Interruption {
  signal: AbortSignal;
  /** What to say before the second one ends the process. */
  onSecond(act: () => void): void;
  forget: () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export function interruption(): Interruption {
  const controller = new AbortController();
  let last: () => void = () => undefined;
  const stop = () => {
    if (controller.signal.aborted) {
      last();
      process.exit(EXIT_FAILED);
    }
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return {
    signal: controller.signal,
    onSecond: (act) => {
      last = act;
    },
    forget: () => {
      for (const name of SIGNALS) process.off(name, stop);
    },
  };
}
