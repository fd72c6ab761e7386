import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const FETCH_TIMEOUT_MS = 10 * 60_000;

const run = promisify(execFile);

/** A Java program as a folder of jars, which Maven fetches. */
export interface MavenJars {
  /** `Apache Kafka 4.1.1` */
  program: string;
  /** Names the program and its version. */
  pom: string;
  /** Holds the jars in `libs`. */
  directory: string;
  /** One of the jars. */
  mainJar: string;
  /** The SHA-256 and name of every jar, one a line as of `sha256sum`. Without it, Maven's own checksums suffice. */
  lock?: string;
  /** The setting that names another folder. */
  setting: string;
}

/** The jars cannot be fetched. The message is a sentence for people. */
export class JarsUnavailable extends Error {
  override name = 'JarsUnavailable';
}

/** Whether the jars are there. One rename creates the folder, so it is either complete or missing. */
export function hasJars({ directory, mainJar }: MavenJars): boolean {
  return existsSync(join(directory, 'libs', mainJar));
}

/**
 * Fetches the jars with Maven.
 *
 * @throws JarsUnavailable if Maven fails, or a jar is not the one of the lock
 */
export async function fetchJars(jars: MavenJars): Promise<void> {
  const { directory } = jars;
  await mkdir(dirname(directory), { recursive: true });
  const fetched = await mkdtemp(`${directory}.fetching-`);
  try {
    // A copy, because Maven writes its target/ next to the pom.
    const pom = join(fetched, 'pom.xml');
    await copyFile(jars.pom, pom);
    const libs = join(fetched, 'libs');
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${libs}`];
    await run('mvn', ['--batch-mode', '--quiet', '--strict-checksums', '--file', pom, ...goal], {
      timeout: FETCH_TIMEOUT_MS,
    });
    if (jars.lock !== undefined) await compareWithLock(libs, jars.lock);
    await rename(fetched, directory);
  } catch (error) {
    // Another process may have fetched it meanwhile.
    if (hasJars(jars)) return;
    throw error instanceof JarsUnavailable ? error : new JarsUnavailable(await fetchFault(error, jars));
  } finally {
    await rm(fetched, { recursive: true, force: true });
  }
}

/** @throws JarsUnavailable unless the folder holds exactly the jars of the lock */
export async function compareWithLock(libs: string, lock: string): Promise<void> {
  const expected = (await readFile(lock, 'utf8')).trimEnd().split('\n').sort();
  const names = (await readdir(libs)).filter((name) => name.endsWith('.jar'));
  const actual = await Promise.all(
    names.map(async (name) => `${sha256(await readFile(join(libs, name)))}  ${name}`),
  );
  const differing = [
    ...actual.filter((line) => !expected.includes(line)),
    ...expected.filter((line) => !actual.includes(line)),
  ].map((line) => line.split('  ')[1]);
  if (differing.length === 0) return;
  throw new JarsUnavailable(
    `What Maven fetched is not what ${lock} lists: ${[...new Set(differing)].sort().join(', ')}. Do not use it: ` +
      'find out who changed these jars, or update the list if the versions in the pom have changed.',
  );
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

async function fetchFault(error: unknown, { directory, program, setting }: MavenJars): Promise<string> {
  const entries = await readdir(directory).catch(() => []);
  if (entries.length > 0) {
    return `${directory} is not empty and does not contain ${program}: remove it, or set ${setting}.`;
  }
  const { stdout = '', message } = error as { stdout?: string; message: string };
  const reason = /^\[ERROR\] (.*)/m.exec(stdout)?.[1] ?? message;
  return `Maven could not fetch ${program}: ${reason}`;
}
