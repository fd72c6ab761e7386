const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Catches signals until the service can handle them itself. Node has no default action for SIGTERM where it is
 * process 1 of a container, so a signal that finds no handler is lost, and SIGUSR2 ends any other process.
 */
export function catchEarlySignals(): void {
  for (const signal of SIGNALS) process.on(signal, endAtOnce);
  process.on('SIGUSR2', ignore);
}

/** Only once the caller has its own handlers: Node drops what has arrived for a signal that nobody listens for. */
export function releaseEarlySignals(): void {
  for (const signal of SIGNALS) process.off(signal, endAtOnce);
  process.off('SIGUSR2', ignore);
}

/** Nothing has been read yet, so there is nothing to drain. */
function endAtOnce(signal: NodeJS.Signals): never {
  process.stderr.write(`${signal} before the start: nothing was read, so there is nothing to store\n`);
  process.exit(0);
}

function ignore(): void {
  process.stderr.write('SIGUSR2 before the start: the dead-letter limit holds nothing yet\n');
}
