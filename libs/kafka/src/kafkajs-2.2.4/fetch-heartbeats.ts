import { setTimeout as delay } from 'node:timers/promises';
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
    const fetching = fetch.call(this, nodeId);
    const ended = fetching.then(
      () => true,
      () => true,
    );
    const waiting = new AbortController();
    const tick = async () => {
      await delay(CHECK_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
      return false;
    };
    try {
      while (!(await Promise.race([ended, tick()]))) {
        // A consumer that stops does not wait for a throttled broker.
        if (!this.running) return [];
        await this.heartbeat();
      }
    } finally {
      waiting.abort();
    }
    return fetching;
  }
}
