import { join, resolve } from 'node:path';
import { javaCommand, javaFault, mavenFault } from '../java/java-runtime.js';
import { fetchJars, hasJars, JarsUnavailable, type MavenJars } from '../java/maven-jars.js';
import { REPOSITORY_ROOT } from '../repository-root.js';

const KAFKA_VERSION = '4.1.1';

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
  return !hasJars(jars());
}

/**
 * Finds Apache Kafka, or fetches it once with Maven into KAFKA_DISTRIBUTION_DIR or .local/ (43 MB).
 *
 * @throws KafkaUnavailable if Java, Maven or Maven's repository is missing
 */
export async function kafkaDistribution(): Promise<KafkaDistribution> {
  const kafka = jars();
  const java = javaCommand();
  const isFetched = hasJars(kafka);
  const missing = [
    await javaFault(java, 'Kafka'),
    isFetched ? null : await mavenFault('Apache Kafka'),
  ].filter((it) => it !== null);
  if (missing.length > 0) {
    throw new KafkaUnavailable(`A Kafka broker cannot be started here: ${missing.join(', and ')}.`);
  }
  if (!isFetched) await fetchKafka(kafka);
  return { java, classPath: join(kafka.directory, 'libs', '*') };
}

function jars(): MavenJars {
  const given = process.env['KAFKA_DISTRIBUTION_DIR'];
  return {
    program: `Apache Kafka ${KAFKA_VERSION}`,
    pom: join(REPOSITORY_ROOT, 'libs/testing/src/kafka-broker/pom.xml'),
    directory: resolve(
      REPOSITORY_ROOT,
      given === undefined || given === '' ? `.local/kafka-${KAFKA_VERSION}` : given,
    ),
    mainJar: `kafka_2.13-${KAFKA_VERSION}.jar`,
    setting: 'KAFKA_DISTRIBUTION_DIR',
  };
}

async function fetchKafka(kafka: MavenJars): Promise<void> {
  try {
    await fetchJars(kafka);
  } catch (error) {
    throw error instanceof JarsUnavailable ? new KafkaUnavailable(error.message) : error;
  }
}
