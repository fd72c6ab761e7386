import { S3Store } from '#lake';
import { describeObjectStore } from '#testing/lake';
import { s3ServerFor } from '../support/s3-server.js';

const server = await s3ServerFor('the contract of object stores');
afterAll(() => server?.stop());

if (server === null) it.todo('is skipped without Go');
else describeObjectStore('S3', async () => ({ open: () => new S3Store(server.options('contract/')) }));
