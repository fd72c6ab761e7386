import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '../repository-root.js';

const KAFKA_VERSION = '4.1.1';
const OLDEST_JAVA = 17;
const POM = join(REPOSITORY_ROOT, 'libs/testing/src/kafka-broker/pom.xml');
const FETCH_TIMEOUT_MS = 10 * 60_000;

const run = promisify(execFile);

/** Apache Kafka on this machine. */
export interface KafkaDistribution {
  java: string;
  /** The class path of the broker and its tools. */
  classPath: string;
}

/** This machine cannot run a broker. The message says what to do. */
export class KafkaUnavailable extends Error {
  override name = 'KafkaUnavailable';

  constructor(what: string) {
    super(
      `${what}\n` +
        'Either set KAFKA_BOOTSTRAP_SERVER=host:port to use an existing broker,\n' +
        'or use Docker, which includes a broker: docker compose -f docker/compose.yaml up',
    );
  }
}

/** Whether the next {@link kafkaDistribution} must fetch Apache Kafka first. */
export function mustFetchKafka(): boolean {
  return !isComplete(distributionDir());
}

/**
 * Finds Apache Kafka, or fetches it once with Maven into KAFKA_DISTRIBUTION_DIR or .local/ (43 MB).
 *
 * @throws KafkaUnavailable if Java, Maven or Maven's repository is missing
 */
export async function kafkaDistribution(): Promise<KafkaDistribution> {
  const directory = distributionDir();
  const java = javaCommand();
  const isFetched = isComplete(directory);
  const missing = [await javaFault(java), isFetched ? null : await mavenFault()].filter((it) => it !== null);
  if (missing.length > 0) {
    throw new KafkaUnavailable(`A Kafka broker cannot be started here: ${missing.join(', and ')}.`);
  }
  if (!isFetched) await fetchKafka(directory);
  return { java, classPath: join(directory, 'libs', '*') };
}

function distributionDir(): string {
  const given = process.env['KAFKA_DISTRIBUTION_DIR'];
  return resolve(
    REPOSITORY_ROOT,
    given === undefined || given === '' ? `.local/kafka-${KAFKA_VERSION}` : given,
  );
}

/** One rename creates the folder, so it is either complete or missing. */
function isComplete(directory: string): boolean {
  return existsSync(join(directory, 'libs', `kafka_2.13-${KAFKA_VERSION}.jar`));
}

async function fetchKafka(directory: string): Promise<void> {
  await mkdir(dirname(directory), { recursive: true });
  const fetched = await mkdtemp(`${directory}.fetching-`);
  try {
    // A copy, because Maven writes its target/ next to the pom.
    const pom = join(fetched, 'pom.xml');
    await copyFile(POM, pom);
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(fetched, 'libs')}`];
    await run('mvn', ['--batch-mode', '--quiet', '--strict-checksums', '--file', pom, ...goal], {
      timeout: FETCH_TIMEOUT_MS,
    });
    await rename(fetched, directory);
  } catch (error) {
    // Another process may have fetched it meanwhile.
    if (isComplete(directory)) return;
    throw new KafkaUnavailable(await fetchFault(error, directory));
  } finally {
    await rm(fetched, { recursive: true, force: true });
  }
}

async function fetchFault(error: unknown, directory: string): Promise<string> {
  const entries = await readdir(directory).catch(() => []);
  if (entries.length > 0) {
    return `${directory} is not empty and does not contain Apache Kafka ${KAFKA_VERSION}: remove it, or set KAFKA_DISTRIBUTION_DIR.`;
  }
  const { stdout = '', message } = error as { stdout?: string; message: string };
  const reason = /^\[ERROR\] (.*)/m.exec(stdout)?.[1] ?? message;
  return `Maven could not fetch Apache Kafka ${KAFKA_VERSION}: ${reason}`;
}

function javaCommand(): string {
  const home = process.env['JAVA_HOME'];
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

async function javaFault(java: string): Promise<string | null> {
  try {
    const { stderr } = await run(java, ['-version']);
    const version = /version "(\d+)/.exec(stderr)?.[1];
    if (version === undefined || Number(version) >= OLDEST_JAVA) return null;
    return `Java is ${version}, and Kafka needs ${OLDEST_JAVA} or newer`;
  } catch {
    return `there is no Java (${OLDEST_JAVA} or newer)`;
  }
}

async function mavenFault(): Promise<string | null> {
  try {
    await run('mvn', ['--version']);
    return null;
  } catch {
    return 'there is no Maven (mvn), which fetches Apache Kafka once';
  }
}
