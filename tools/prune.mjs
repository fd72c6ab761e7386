// Removes files from a production install that no process reads: `node tools/prune.mjs node_modules`.
// Keeps licences, and the cloud SDKs of Snowflake's driver, which workload identity needs.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const UNUSED_FILE = /\.(map|[cm]?ts|tsx|md|markdown)$/i;
/** Attributes of the incubating entry point, which nothing imports; the stable one does not load them. */
const INCUBATING = /\/semantic-conventions\/dist\/(experimental_|index-incubating)/;
const LICENCE = /licen[cs]e|notice|copying/i;

/** Builds for browsers and bundlers, which Node.js does not load, and published tests. */
const UNUSED_FOLDERS = [
  '@azure/msal-browser',
  '@azure/storage-blob/dist-esm',
  'bintrees/test',
  'class-transformer/bundles',
  'class-transformer/esm2015',
  'class-transformer/esm5',
  'class-validator/bundles',
  'class-validator/esm2015',
  'class-validator/esm5',
  'libphonenumber-js/bundle',
  'moment/min',
  'moment/src',
  'moment-timezone/builds',
  'rxjs/dist/bundles',
  'rxjs/dist/esm',
  'rxjs/dist/esm5',
  'rxjs/src',
  'web-streams-polyfill',
  'yaml/browser',
];

/** The same for every package. */
const UNUSED_BUILD = /\/(dist-es|dist\/(browser|react-native|workerd))$/;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/prune.mjs FOLDER, the node_modules of a production install');
  process.exit(2);
}
for (const unused of UNUSED_FOLDERS) rmSync(join(folder, unused), { recursive: true, force: true });
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  const isUnused = entry.isDirectory()
    ? UNUSED_BUILD.test(path)
    : INCUBATING.test(path) || (UNUSED_FILE.test(entry.name) && !LICENCE.test(entry.name));
  if (isUnused) rmSync(path, { recursive: true, force: true });
}
