import { createHash } from 'node:crypto';

/** Stands for a value's bytes; for a tombstone, for none. */
export function bytesFingerprint(value: Buffer | null): string {
  return value === null ? 'tombstone' : sha1(value);
}

/** Stands for the value of a JSON text, whatever the order of its keys: a VARIANT keeps none. */
export function contentFingerprint(json: string): string {
  return sha1(JSON.stringify(ordered(JSON.parse(json))));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, ordered(part)]));
}

function sha1(text: Buffer | string): string {
  return createHash('sha1').update(text).digest('base64');
}
