import Module, { createRequire, syncBuiltinESMExports } from 'node:module';
import { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { SIMULATED_DRIVER } from './simulated-driver.js';

/** Makes the product's adapter use the simulated account. Call this before the adapter is loaded. */
export function installDriver(): void {
  const require = createRequire(import.meta.url);
  const file = require.resolve('snowflake-sdk');
  const driver = new Module(file);
  driver.exports = SIMULATED_DRIVER;
  driver.loaded = true;
  require.cache[file] = driver;
  // Node compresses on other threads, which virtual time does not control.
  Object.defineProperty(zlib, 'createZstdCompress', { value: compressAtOnce });
  syncBuiltinESMExports();
}

function compressAtOnce(options: zlib.ZstdOptions): Transform {
  const parts: Buffer[] = [];
  return new Transform({
    transform: (part: Buffer, _, done) => {
      parts.push(Buffer.from(part));
      done();
    },
    flush: (done) => {
      done(null, zlib.zstdCompressSync(Buffer.concat(parts), options));
    },
  });
}
