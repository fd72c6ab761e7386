import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until the condition holds, and answers what it gave: polls, and takes a throw for a no.
 *
 * @throws Error that says what was waited for and what the last try said, after `timeoutMs`
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, describe = String(condition) }: { timeoutMs?: number; describe?: string } = {},
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
