import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until the condition holds: polls, and takes a throw for a no.
 *
 * @throws Error that says what was waited for and what the last try said, after `timeoutMs`
 */
export async function eventually(
  condition: () => unknown,
  { timeoutMs = 10_000, describe = String(condition) }: { timeoutMs?: number; describe?: string } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let pollMs = 1; ; pollMs = Math.min(pollMs * 2, 200)) {
    let last: unknown;
    try {
      last = await condition();
      if (last) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${describe} (last: ${String(last)})`);
    }
    await delay(pollMs);
  }
}
