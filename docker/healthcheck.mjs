// Asks the service in this container whether it is alive. The image has neither curl nor wget.
const port = process.env.METRICS_PORT || '8000';
const signal = AbortSignal.timeout(4_000);
const isAlive = await fetch(`http://127.0.0.1:${port}/health/live`, { signal }).then(
  ({ ok }) => ok,
  () => false,
);
process.exit(isAlive ? 0 : 1);
