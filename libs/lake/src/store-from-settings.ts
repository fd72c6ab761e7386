import { current, parseBucket, type LakeSettings } from '#settings';
import { FolderStore } from './folder/folder-store.js';
import type { ObjectStore } from './object-store.js';
import { S3Store } from './s3/s3-store.js';

/** The store that the settings name. */
export function storeFromSettings(settings: LakeSettings, location: string): ObjectStore {
  const bucket = parseBucket(location);
  if (bucket === null) return new FolderStore(location);
  const { endpoint, region, pathStyle, encryption, kmsKeyId, secretAccessKey } = settings;
  const credentials = () => {
    const { accessKeyId = '', secretAccessKey: secret } = current(settings);
    return { accessKeyId, secretAccessKey: secret?.reveal() ?? '' };
  };
  return new S3Store({
    ...bucket,
    endpoint,
    region,
    pathStyle,
    encryption,
    kmsKeyId,
    credentials: secretAccessKey === undefined ? undefined : credentials,
  });
}
