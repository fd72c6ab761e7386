import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Puts something of ours in the place of what a module of kafkajs exports, for all that load the module after this. Safe
 * to call more than once.
 *
 * @param path of the file, from the folder of packages
 * @throws Error where kafkajs is not built as 2.2.4 is
 */
export function replaceModule(path: string, exports: unknown): void {
  require(path);
  const loaded = require.cache[require.resolve(path)];
  if (loaded === undefined) throw new Error(`${path} is not where kafkajs reads it from`);
  loaded.exports = exports;
}
