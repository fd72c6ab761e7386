import { dirname } from 'node:path';

/** A package whose internals are patched, and what the patches depend on. */
export interface PatchTarget {
  name: string;
  /** The only version that the patches fit. */
  version: string;
  /** The files that the patches use or change, relative to node_modules. */
  files: readonly string[];
  /** Files that must not be loaded yet: modules that loaded them would keep the original. */
  unloaded: readonly string[];
  /** What running without the patches costs. */
  cost: string;
}

/**
 * Returns whether the package can be patched. If not, emits one process warning that names the obstacle, the folder and
 * the cost; the package then has to run as published.
 *
 * @param require of a file that resolves the package as its users do
 */
export function isPatchable(target: PatchTarget, require: NodeJS.Require): boolean {
  const obstacle = obstacleTo(target, require);
  if (obstacle === null) return true;
  const { name, version, cost } = target;
  process.emitWarning(`${obstacle}. ${name} runs as published: ${cost}`, {
    type: 'UnpatchedDependencyWarning',
    code: `${name.toUpperCase()}_UNPATCHED`,
    detail: `The patches need ${name} ${version}, exactly as package-lock.json installs it (npm ci), loaded by this service only.`,
  });
  return false;
}

function obstacleTo({ name, version, files, unloaded }: PatchTarget, require: NodeJS.Require): string | null {
  const manifest = resolved(require, `${name}/package.json`);
  if (manifest === null) return `${name} is not installed`;
  const folder = dirname(manifest);
  const { version: installed } = require(manifest) as { version: string };
  if (installed !== version) return `${name} ${installed} in ${folder} is not version ${version}`;
  const missing = files.find((file) => resolved(require, file) === null);
  if (missing !== undefined) return `${name} ${version} in ${folder} lacks ${missing}`;
  const loaded = unloaded.find((file) => require.cache[require.resolve(file)] !== undefined);
  if (loaded !== undefined)
    return `${loaded} of ${name} ${version} in ${folder} was loaded before its patches`;
  return null;
}

function resolved(require: NodeJS.Require, path: string): string | null {
  try {
    return require.resolve(path);
  } catch {
    return null;
  }
}
