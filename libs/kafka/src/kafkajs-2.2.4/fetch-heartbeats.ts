import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';

interface Runner {
  running: boolean;
  heartbeat: () => Promise<void>;
  fetch: (nodeId: number) => Promise<unknown[]>;
}

const RUNNER_MODULE = 'kafkajs/src/consumer/runner.js';

/** kafkajs thins out the heartbeats itself. */
const LOOK_MS = 500;

let isInstalled = false;

/**
 * Has kafkajs tell the group that this member lives while a fetch is under way: a broker that throttles this client lets
 * the next one wait for as long as it takes, and kafkajs itself has a heartbeat between fetches only. Safe to call more
 * than once.
 *
 * @throws Error where kafkajs is not built as 2.2.4 is
 */
export function installFetchHeartbeats(): void {
  const { prototype } = createRequire(import.meta.url)(RUNNER_MODULE) as { prototype: Runner };
  const { fetch } = prototype;
  if (typeof fetch !== 'function' || typeof prototype.heartbeat !== 'function') {
    throw new Error(`${RUNNER_MODULE} fetches in another way`);
  }
  if (isInstalled) return;
  isInstalled = true;
  prototype.fetch = fetchPatiently;

  async function fetchPatiently(this: Runner, nodeId: number): Promise<unknown[]> {
    const fetching = fetch.call(this, nodeId);
    const ended = fetching.then(
      () => true,
      () => true,
    );
    const waiting = new AbortController();
    const look = async () => {
      await delay(LOOK_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
      return false;
    };
    try {
      while (!(await Promise.race([ended, look()]))) {
        // A consumer that stops waits for no throttled broker.
        if (!this.running) return [];
        await this.heartbeat();
      }
    } finally {
      waiting.abort();
    }
    return fetching;
  }
}
