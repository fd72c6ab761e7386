export const HTTP_CLIENT_MODULE = 'snowflake-sdk/dist/lib/http/base.js';

interface HttpClient {
  request: (options: unknown) => unknown;
}

type Gzip = (body: unknown, options: unknown, done: (error: Error) => void) => void;

/**
 * Skips a compression whose result the driver never uses: it starts to compress the body of every statement, but sends it
 * uncompressed long before that ends. With a batch's rows, which are already compressed, that is a sixth of the CPU per
 * event.
 *
 * While the driver prepares a request, which it does synchronously, Node's gzip reports a failure; the driver's own
 * fallback then sends the body as it is.
 */
export function skipUnusedCompression(require: NodeJS.Require): void {
  const zlib = require('node:zlib') as { gzip: Gzip };
  const { prototype } = require(HTTP_CLIENT_MODULE) as { prototype: HttpClient };
  const { request } = prototype;
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
