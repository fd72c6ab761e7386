// Builds and pushes the image with the engine of this machine, on a base that is pinned by its digest.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { firstOf, ReleaseError, run } from './commands.mjs';

const ENGINES = {
  docker: {
    digestOf(program, image) {
      run(program, ['pull', '--quiet', image]);
      return run(program, ['image', 'inspect', '--format', '{{index .RepoDigests 0}}', image]).split('@')[1];
    },
    push(program, image) {
      run(program, ['push', image], { stdio: ['ignore', 'inherit', 'pipe'] });
      return run(program, ['image', 'inspect', '--format', '{{index .RepoDigests 0}}', image]).split('@')[1];
    },
  },
  buildah: {
    digestOf(program, image) {
      run(program, ['pull', '--quiet', image]);
      return run(program, ['inspect', '--type', 'image', '--format', '{{.FromImageDigest}}', image]);
    },
    push(program, image) {
      const folder = mkdtempSync(join(tmpdir(), 'push-'));
      try {
        run(program, ['push', '--digestfile', join(folder, 'digest'), image]);
        return readFileSync(join(folder, 'digest'), 'utf8').trim();
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
};

/**
 * Builds docker/Dockerfile, labelled with the revision, and pushes it.
 *
 * @param image with registry and version: registry.example.com/name:1.0.0
 * @param base another base image than that of the Dockerfile; undefined for its own
 * @returns the digests by which the registry knows the image and its base: sha256:...
 * @throws ReleaseError
 */
export function buildAndPush({ image, version, revision, created, base = baseImage() }) {
  const program = Object.keys(ENGINES)
    .flatMap((name) => firstOf([name]) ?? [])
    .find((path) => works(path));
  if (program === undefined)
    throw new ReleaseError(
      'Neither docker nor buildah works here. Build and push the image on a machine that has one of them, and ' +
        'pass the digest that the registry gave it: --digest sha256:...',
    );
  const engine = ENGINES[basename(program)];
  const baseDigest = engine.digestOf(program, base);
  // By the digest alone: containers/image refuses a tag beside it.
  const pinned = `${base.replace(/:[^:/]+$/, '')}@${baseDigest}`;
  const args = { NODE_IMAGE: pinned, NODE_DIGEST: baseDigest };
  Object.assign(args, { VERSION: version, REVISION: revision, CREATED: created });
  run(
    program,
    [
      'build',
      '--file=docker/Dockerfile',
      `--tag=${image}`,
      ...Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`),
      '.',
    ],
    { stdio: ['ignore', 'inherit', 'pipe'] },
  );
  return { base: pinned, digest: engine.push(program, image) };
}

/** Docker's client may be there without an engine. */
function works(program) {
  try {
    run(program, ['info']);
    return true;
  } catch (error) {
    if (error instanceof ReleaseError) return false;
    throw error;
  }
}

/** With the registry, which Docker adds by itself and others ask for. */
function baseImage() {
  return `docker.io/library/${/^ARG NODE_IMAGE=(.*)$/m.exec(readFileSync('docker/Dockerfile', 'utf8'))[1]}`;
}
