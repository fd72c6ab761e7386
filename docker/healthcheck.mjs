// Checks whether the service in this container is alive. The image has neither curl nor wget.
import { readFileSync } from 'node:fs';

const port = setting('METRICS_PORT') || '8000';
const host = setting('METRICS_HOST').replace(/^\[(.*)\]$/, '$1');
// Without an address, or with a wildcard, loopback reaches the port: over IPv4, or over IPv6 if that is all there is.
const hosts = ['', '::', '0.0.0.0'].includes(host) ? ['127.0.0.1', '::1'] : [host];

for (const each of hosts) if (await isAlive(each)) process.exit(0);
process.exit(1);

function isAlive(address) {
  const name = address.includes(':') ? `[${address}]` : address;
  const signal = AbortSignal.timeout(4_000 / hosts.length);
  return fetch(`http://${name}:${port}/health/live`, { signal }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function setting(key) {
  const path = process.env[`${key}_FILE`];
  return path ? readFileSync(path, 'utf8').trim() : (process.env[key] ?? '');
}
