// Makes a release from a clean work tree: image, manifests, bill of materials, checksums and, last, the tag.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { disagreements, newestRelease } from './agreement.mjs';
import { ReleaseError, run } from './commands.mjs';
import { buildAndPush } from './image.mjs';
import { writeManifests } from './manifests.mjs';
import { billOfMaterials } from './sbom.mjs';

const USAGE = `Usage: npm run release -- --image REGISTRY/NAME [options]

Checks that the work tree is clean and that every place has the same version, and then:
  1. builds the image and pushes it, on a base that is pinned by its digest
  2. writes manifests with the image's digest, the bill of materials (CycloneDX) and the release notes
  3. writes SHA256SUMS, and creates the annotated tag vVERSION

  --image NAME     registry and name of the image, without a version
  --digest SHA256  the image has been pushed already, and the registry gave it this digest: nothing is built
  --base IMAGE     another base image than that of docker/Dockerfile, such as a copy in a registry of yours
  --to FOLDER      default: .local/release/VERSION
  --dry-run        neither builds an image nor creates a tag; writes everything else
`;

const OPTIONS = {
  image: { type: 'string' },
  digest: { type: 'string' },
  base: { type: 'string' },
  to: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

/** The options, checked. */
function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({ options: OPTIONS }));
  } catch (error) {
    throw new ReleaseError(`${error.message}\n\n${USAGE}`);
  }
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const { image, digest } = values;
  if (image === undefined && !values['dry-run']) throw new ReleaseError(`--image is missing\n\n${USAGE}`);
  if (image !== undefined && !/^[\w.-]+(:\d+)?(\/[a-z\d._-]+)+$/.test(image))
    throw new ReleaseError(`--image is "${image}", expected a registry and a name without a version`);
  if (digest !== undefined && !/^sha256:[\da-f]{64}$/.test(digest))
    throw new ReleaseError(`--digest is "${digest}", expected sha256: and 64 hexadecimal digits`);
  return values;
}

/** Everything that is in the way of a release, one sentence each. */
function obstacles(tag) {
  const found = [];
  const changed = run('git', ['status', '--porcelain']);
  if (changed !== '') found.push(`The work tree has changes that are not committed:\n${changed}`);
  if (run('git', ['tag', '--list', tag]) !== '')
    found.push(
      `The tag ${tag} exists. A released version does not change: raise the version in package.json`,
    );
  const [, unreleased = ''] =
    /^## \[Unreleased\]\n([^]*?)^## \[/m.exec(readFileSync('CHANGELOG.md', 'utf8')) ?? [];
  if (unreleased.trim() !== '')
    found.push('CHANGELOG.md has changes under [Unreleased]: move them under a version with a date');
  return [...found, ...disagreements('.')];
}

function imageFor({ image, digest, base, dryRun, version, revision, created }) {
  if (digest !== undefined) return { digest, base: null };
  if (dryRun) return { digest: null, base: null };
  return buildAndPush({ image: `${image}:${version}`, version, revision, created, base });
}

function release() {
  const options = readOptions();
  const dryRun = options['dry-run'];
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const tag = `v${version}`;
  const found = obstacles(tag);
  if (found.length > 0) throw new ReleaseError(`${version} cannot be released:\n- ${found.join('\n- ')}`);

  const folder = options.to ?? join('.local/release', version);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const revision = run('git', ['rev-parse', 'HEAD']);
  const created = run('git', ['log', '-1', '--format=%cI']);
  const image = options.image ?? null;
  const { digest, base } = imageFor({ ...options, dryRun, version, revision, created });

  const name = `caves-albert-ingestion-${version}`;
  const manifests = join(folder, `${name}-kubernetes`);
  writeManifests(manifests, { image, version, digest });
  run('tar', ['-czf', `${manifests}.tar.gz`, '-C', folder, `${name}-kubernetes`]);
  rmSync(manifests, { recursive: true });
  writeFileSync(join(folder, `${name}.cdx.json`), `${billOfMaterials()}\n`);
  const notes = newestRelease(readFileSync('CHANGELOG.md', 'utf8')).text;
  writeFileSync(join(folder, 'notes.md'), `${notes}\n`);
  const facts = { version, revision, created, image: image && `${image}:${version}`, digest, base };
  writeFileSync(join(folder, 'release.json'), `${JSON.stringify(facts, null, 2)}\n`);
  const sums = readdirSync(folder).map((file) => {
    const sum = createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
    return `${sum}  ${file}\n`;
  });
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));

  console.log(`${folder} has the files of ${version}; the image is ${digest ?? 'not built (--dry-run)'}.`);
  if (dryRun) return;
  run('git', ['tag', '--annotate', tag, '--cleanup=whitespace', '--message', `${version}\n\n${notes}`]);
  console.log(`To publish it: git push origin ${tag}, with these files.`);
}

try {
  release();
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  console.error(error.message);
  process.exit(1);
}
