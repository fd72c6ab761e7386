/**
 * Replaces the exports of a CommonJS module for every module that requires it afterwards. A module that required it
 * before keeps the original.
 *
 * @param require of a file that resolves `path` as the package itself does
 */
export function replaceModule(require: NodeJS.Require, path: string, exports: unknown): void {
  require(path);
  const loaded = require.cache[require.resolve(path)];
  if (loaded === undefined) throw new Error(`${path} is missing in the module cache after it was loaded`);
  loaded.exports = exports;
}
