import { MODULES, require } from '../modules.js';

interface Runner {
  running: boolean;
  heartbeat: () => Promise<void>;
  fetch: (nodeId: number) => Promise<unknown[]>;
}

/** kafkajs skips heartbeats that are not due yet. */
const CHECK_MS = 500;

/**
 * Sends heartbeats during a fetch. kafkajs sends them only between fetches, and a broker that throttles this client may
 * delay a fetch beyond the session time-out.
 */
export function patchFetchHeartbeats(): void {
  const { prototype } = require(MODULES.runner) as { prototype: Runner };
  const { fetch } = prototype;
  prototype.fetch = fetchWithHeartbeats;

  async function fetchWithHeartbeats(this: Runner, nodeId: number): Promise<unknown[]> {
    const { promise: interrupted, resolve: leave, reject } = Promise.withResolvers<unknown[]>();
    const timer = setInterval(() => {
      if (this.running) this.heartbeat().catch(reject);
      // A consumer that stops must not wait for a throttled broker.
      else leave([]);
    }, CHECK_MS);
    try {
      return await Promise.race([fetch.call(this, nodeId), interrupted]);
    } finally {
      clearInterval(timer);
    }
  }
}
