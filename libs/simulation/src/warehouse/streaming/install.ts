import { syncBuiltinESMExports } from 'node:module';
import zlib from 'node:zlib';
import { simulatedFetch } from './simulated-fetch.js';

/** Makes the product's client of Snowpipe Streaming use the simulated account. Call this before the client is loaded. */
export function installFetch(): void {
  Object.assign(globalThis, { fetch: simulatedFetch });
  // Node compresses on other threads, which virtual time does not control.
  Object.defineProperty(zlib, 'zstdCompress', {
    value: (buffer: Buffer, options: zlib.ZstdOptions, done: (error: null, compressed: Buffer) => void) => {
      done(null, zlib.zstdCompressSync(buffer, options));
    },
  });
  syncBuiltinESMExports();
}
