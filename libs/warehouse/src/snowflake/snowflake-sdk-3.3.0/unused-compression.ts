import { createRequire } from 'node:module';

const HTTP_CLIENT_MODULE = 'snowflake-sdk/dist/lib/http/base.js';

interface HttpClient {
  request: (options: unknown) => unknown;
}

type Gzip = (body: unknown, options: unknown, done: (error: Error) => void) => void;

/**
 * Spares what Snowflake's driver does for nothing: it starts to compress the body of every statement, and sends it as it
 * is, long before that is done. With a batch's rows, which are compressed already, that is a sixth of all that an event
 * costs this process.
 *
 * While the driver prepares a request, which it does at one go, Node's gzip tells it that it failed; for that the driver
 * sends the body as it is. Safe to call more than once.
 */
export function spareUnusedCompression(): void {
  const require = createRequire(import.meta.url);
  const zlib = require('node:zlib') as { gzip: Gzip };
  const { prototype } = require(HTTP_CLIENT_MODULE) as { prototype: HttpClient };
  const { request } = prototype;
  if (request.name === requestUncompressed.name) return;
  prototype.request = requestUncompressed;

  function requestUncompressed(this: HttpClient, options: unknown): unknown {
    const { gzip } = zlib;
    zlib.gzip = refuse;
    try {
      return request.call(this, options);
    } finally {
      zlib.gzip = gzip;
    }
  }
}

const refuse: Gzip = (_body, _options, done) => {
  done(new Error('bodies of statements are not compressed'));
};
