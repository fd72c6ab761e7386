const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Handles signals until the service can. As process 1 of a container, Node has no default action for SIGTERM, so it
 * would be lost without a handler; in any other process SIGUSR2 would end it.
 */
export function catchEarlySignals(): void {
  for (const signal of SIGNALS) process.on(signal, endAtOnce);
  process.on('SIGUSR2', ignore);
}

/** Call only once the service has its own handlers: Node drops pending signals that have no listener. */
export function releaseEarlySignals(): void {
  for (const signal of SIGNALS) process.off(signal, endAtOnce);
  process.off('SIGUSR2', ignore);
}

/** Nothing has been read yet, so there is nothing to drain. */
function endAtOnce(signal: NodeJS.Signals): never {
  process.stderr.write(`${signal} during startup: nothing was read, so there is nothing to store\n`);
  process.exit(0);
}

function ignore(): void {
  process.stderr.write('SIGUSR2 during startup: the dead-letter limit holds nothing yet\n');
}
