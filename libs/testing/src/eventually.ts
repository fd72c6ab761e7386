import { setTimeout as delay } from 'node:timers/promises';

/** Only guards against hanging: a busy machine may be ten times slower. */
const TIMEOUT_MS = 90_000;

/**
 * Polls until the condition is truthy and returns its value. A condition that throws counts as false.
 *
 * @throws Error that names the condition and its last result, after `timeoutMs`
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = TIMEOUT_MS, describe = String(condition) }: { timeoutMs?: number; describe?: string } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let pollMs = 1; ; pollMs = Math.min(pollMs * 2, 200)) {
    let last: unknown;
    try {
      const answer = await condition();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${describe} (last: ${String(last)})`);
    }
    await delay(pollMs);
  }
}
