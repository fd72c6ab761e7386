/** When everything that waits is settled, if both rates stay as they are. */
export type CatchUp =
  | { kind: 'unknown' }
  /** Only what waits for its batch is unsettled. */
  | { kind: 'caught-up' }
  | { kind: 'in'; seconds: number }
  /** More arrives than is settled. */
  | { kind: 'never' };

export interface Flow {
  /** Unsettled messages; null if unknown. */
  lag: number | null;
  /** The age of the oldest unsettled message; null if unknown. */
  oldestSeconds: number | null;
  /** Messages per second that arrive, and that are settled; null if unknown. */
  arriving: number | null;
  settling: number | null;
}

/** @param usualSeconds how long a message waits at most when nothing is behind */
export function catchUp({ lag, oldestSeconds, arriving, settling }: Flow, usualSeconds: number): CatchUp {
  if (lag === null) return { kind: 'unknown' };
  if (lag === 0 || (oldestSeconds !== null && oldestSeconds <= usualSeconds)) return { kind: 'caught-up' };
  if (arriving === null || settling === null) return { kind: 'unknown' };
  const gain = settling - arriving;
  // A day of catching up is never: the rates will not stay as they are.
  const seconds = lag / gain;
  return gain > 0 && seconds < 86_400 ? { kind: 'in', seconds } : { kind: 'never' };
}
