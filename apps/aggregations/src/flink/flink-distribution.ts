import { join, resolve } from 'node:path';
import { PlainError } from '#command-line';
import {
  fetchJars,
  hasJars,
  javaCommand,
  javaFault,
  JarsUnavailable,
  mavenFault,
  REPOSITORY_ROOT,
  type MavenJars,
} from '#testing';

const FLINK_VERSION = '2.2.1';
const SETTING = 'FLINK_DISTRIBUTION_DIR';
const HERE = 'apps/aggregations/src/flink';

/** Apache Flink on this machine. */
export interface FlinkDistribution {
  java: string;
  /** The class path of JobManager and TaskManager. */
  classPath: string;
}

/** Whether the next {@link flinkDistribution} must fetch Apache Flink first. */
export function mustFetchFlink(): boolean {
  return !hasJars(jars());
}

/**
 * Finds Apache Flink, or fetches it once with Maven into FLINK_DISTRIBUTION_DIR or .local/ (188 MB).
 *
 * @throws PlainError if Java, Maven or Maven's repository is missing
 */
export async function flinkDistribution(): Promise<FlinkDistribution> {
  const flink = jars();
  const java = javaCommand();
  const isFetched = hasJars(flink);
  const missing = [
    await javaFault(java, 'Flink'),
    isFetched ? null : await mavenFault('Apache Flink'),
  ].filter((it) => it !== null);
  if (missing.length > 0) {
    throw new PlainError(
      `Flink cannot be started here: ${missing.join(', and ')}.\n` +
        'On Debian or Ubuntu: apt-get install openjdk-17-jre-headless maven',
    );
  }
  try {
    if (!isFetched) await fetchJars(flink);
  } catch (error) {
    throw error instanceof JarsUnavailable ? new PlainError(error.message) : error;
  }
  return { java, classPath: join(flink.directory, 'libs', '*') };
}

function jars(): MavenJars {
  const given = process.env[SETTING];
  return {
    program: `Apache Flink ${FLINK_VERSION}`,
    pom: join(REPOSITORY_ROOT, HERE, 'pom.xml'),
    lock: join(REPOSITORY_ROOT, HERE, 'jars.sha256'),
    directory: resolve(
      REPOSITORY_ROOT,
      given === undefined || given === '' ? `.local/flink-${FLINK_VERSION}` : given,
    ),
    mainJar: `flink-runtime-${FLINK_VERSION}.jar`,
    setting: SETTING,
  };
}
