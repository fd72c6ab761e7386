export { describeObjectStore, type StoreFixture } from './object-store.contract.js';
export { S3Server, S3ServerUnavailable } from './s3-server.js';
