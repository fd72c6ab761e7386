import { MODULES, require } from './modules.js';

interface Runner {
  running: boolean;
  heartbeat: () => Promise<void>;
  fetch: (nodeId: number) => Promise<unknown[]>;
}

/** kafkajs itself leaves out the heartbeats that are not due yet. */
const CHECK_MS = 500;

/**
 * Sends heartbeats while a fetch is under way. kafkajs sends them between fetches only, and a broker that throttles this
 * client may hold a fetch for longer than the session time-out.
 */
export function patchFetchHeartbeats(): void {
  const { prototype } = require(MODULES.runner) as { prototype: Runner };
  const { fetch } = prototype;
  prototype.fetch = fetchWithHeartbeats;

  async function fetchWithHeartbeats(this: Runner, nodeId: number): Promise<unknown[]> {
    const { promise: interrupted, resolve: leave, reject } = Promise.withResolvers<unknown[]>();
    const timer = setInterval(() => {
      if (this.running) this.heartbeat().catch(reject);
      // A consumer that stops does not wait for a throttled broker.
      else leave([]);
    }, CHECK_MS);
    try {
      return await Promise.race([fetch.call(this, nodeId), interrupted]);
    } finally {
      clearInterval(timer);
    }
  }
}
