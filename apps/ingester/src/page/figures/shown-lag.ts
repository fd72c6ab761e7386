import type { PartitionLag } from '#pipeline';
import type { ShownLag } from '../snapshot.js';

/** The sum of the lags, as of the oldest observation; null if there is none. */
export function shownLag(lags: readonly PartitionLag[], maxAgeMs: number): ShownLag | null {
  if (lags.length === 0) return null;
  const ageMs = performance.now() - Math.min(...lags.map(({ seenAt }) => seenAt));
  const messages = lags.reduce((sum, { lag }) => sum + lag, 0);
  const oldestMs = Math.min(...lags.map((each) => each.oldestMs ?? Infinity));
  return {
    messages,
    oldestSeconds:
      oldestMs < Infinity ? Math.max(0, (Date.now() - oldestMs) / 1000) : messages === 0 ? 0 : null,
    asOf: Math.round((Date.now() - ageMs) / 1000),
    isOld: ageMs > maxAgeMs,
  };
}
