const EXIT_INTERRUPTED = 130;
/** npm sends a Ctrl-C on that the terminal has sent to us already: what comes this soon is no second one. */
const SAME_SIGNAL_MS = 1_000;

/** Given on Ctrl-C, SIGTERM, or when the terminal closes. A second one ends this process, and its children, at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const stop = () => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort();
    } else if (performance.now() - firstAt > SAME_SIGNAL_MS) {
      process.exit(EXIT_INTERRUPTED);
    }
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  return controller.signal;
}
