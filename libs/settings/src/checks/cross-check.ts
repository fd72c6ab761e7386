/** A rule between settings, checked only if each of its keys is valid by itself. */
export interface CrossCheck<S> {
  keys: readonly string[];
  /** What is wrong, or null. */
  problem: (settings: S, given: ReadonlySet<string>) => string | null;
}

/** For keys that are only valid together. */
export function missingOf(keys: readonly string[], given: ReadonlySet<string>): string | null {
  const missing = keys.filter((key) => !given.has(key));
  if (missing.length === 0 || missing.length === keys.length) return null;
  return `${keys.join(', ')} must be set together; not set: ${missing.join(', ')}`;
}
