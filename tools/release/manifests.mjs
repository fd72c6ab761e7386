// Sets the image of a release in the production overlay.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstOf, ReleaseError, run } from './commands.mjs';

const OVERLAY = 'overlays/production';

/**
 * Copies deploy/kubernetes to the folder, with the image set, and adds rendered/ with the output for each overlay.
 *
 * @param image registry and name, without a version; null leaves the placeholder
 * @param digest null leaves the version alone
 * @throws ReleaseError
 */
export function writeManifests(folder, { image, version, digest }) {
  cpSync('deploy/kubernetes', folder, { recursive: true });
  const path = join(folder, OVERLAY, 'kustomization.yaml');
  writeFileSync(path, withImage(readFileSync(path, 'utf8'), image, digest));

  const rendered = join(folder, 'rendered');
  mkdirSync(rendered);
  for (const overlay of ['local', 'production'])
    writeFileSync(join(rendered, `${overlay}.yaml`), `${render(join(folder, 'overlays', overlay))}\n`);
  const yaml = readFileSync(join(rendered, 'production.yaml'), 'utf8');
  const expected = [`name: ingester-schema-${version}\n`];
  if (image !== null) expected.push(`image: ${image}:${version}${digest === null ? '' : `@${digest}`}\n`);
  for (const line of expected)
    if (!yaml.includes(line)) throw new ReleaseError(`${OVERLAY} does not render to ${line.trim()}`);
}

function withImage(text, image, digest) {
  let changed = text;
  if (image !== null) changed = changed.replace(/newName: \S+/, `newName: ${image}`);
  // The version is behind the port.
  if (image?.includes(':')) changed = changed.replace("delimiter: ':', index: 1", "delimiter: ':', index: 2");
  if (digest !== null) changed = changed.replace(/newTag: \S+/, `$&\n    digest: ${digest}`);
  return changed;
}

function render(folder) {
  const program = firstOf(['kustomize', 'kubectl'], [join(process.cwd(), '.local/deploy-tools/bin')]);
  if (program === null)
    throw new ReleaseError(
      'Neither kustomize nor kubectl is there: tests/deploy/install-tools.sh installs kustomize',
    );
  return run(program, [program.endsWith('kubectl') ? 'kustomize' : 'build', folder]);
}
