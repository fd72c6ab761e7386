export type { UnreadablePart } from './format/object-content.js';
export { footerOf, type ObjectSummary } from './format/footer.js';
export { firstOffsetOf, objectKey, partitionOf, partitionPrefix } from './format/object-key.js';
export { fromLine, toLine } from './format/record-line.js';
export { FolderStore } from './folder/folder-store.js';
export { Lake, type Appended, type LakeObject } from './lake.js';
export { ObjectStore, type ListedObject } from './object-store.js';
export { S3Store, type S3Options } from './s3/s3-store.js';
export { storeFromSettings } from './store-from-settings.js';
