import { S3Store } from '#lake';
import { describeObjectStore } from '#testing/lake';
import { itIsSkippedWithout } from '../support/optional.js';
import { s3ServerFor } from '../support/s3-server.js';

const server = await s3ServerFor('the contract of object stores');
afterAll(() => server?.stop());

if (server === null) itIsSkippedWithout('Go');
else describeObjectStore('S3', async () => ({ open: () => new S3Store(server.options('contract/')) }));
