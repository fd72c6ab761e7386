// The bill of materials of the image: every package that the service may load, with version and licence, in CycloneDX.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './commands.mjs';

/**
 * Returns what `npm sbom` says of the lock file without the packages for development. Its own --omit=dev also omits
 * packages that development and service share, such as kafkajs.
 *
 * @throws ReleaseError
 */
export function billOfMaterials() {
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
  const manifest = read('package.json');
  const lock = read('package-lock.json');
  for (const each of [manifest, lock.packages['']]) delete each.devDependencies;
  lock.packages = Object.fromEntries(Object.entries(lock.packages).filter(([, { dev }]) => dev !== true));
  const folder = mkdtempSync(join(tmpdir(), 'sbom-'));
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    return run('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) console.log(billOfMaterials());
