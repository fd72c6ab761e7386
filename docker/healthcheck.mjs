// Asks the service in this container whether it is alive. The image has neither curl nor wget.
import { readFileSync } from 'node:fs';

const port = setting('METRICS_PORT') || '8000';
const host = setting('METRICS_HOST').replace(/^\[(.*)\]$/, '$1');
// Without an address, or with one that stands for all, loopback reaches the port: by IPv4, or by IPv6 where that is all.
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
