import { Lake, storeFromSettings } from '#lake';
import type { LakeSettings } from '#settings';
import { UsageError } from '../failures.js';

/** Runs work on the lake that LAKE_LOCATION names. Checks nothing and writes nothing. */
export async function withLake<Result>(
  settings: LakeSettings,
  work: (lake: Lake) => Promise<Result>,
): Promise<Result> {
  if (settings.location === undefined) throw new UsageError('LAKE_LOCATION is not set: where is the lake?');
  const store = storeFromSettings(settings, settings.location);
  try {
    return await work(new Lake(store));
  } finally {
    await store.close();
  }
}
