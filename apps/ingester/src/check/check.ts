import { releaseEarlySignals } from '#service/early-signals';
import { kafkaClient, COMMAND_RETRY_POLICY } from '#kafka';
import { faultText, type Fault } from '#pipeline';
import {
  EXIT_CONFIGURATION,
  loadKafkaSettings,
  loadSettings,
  SettingsError,
  type Environment,
  type KafkaPart,
  type Settings,
} from '#settings';
import { warehouseEngine } from '#warehouse';
import { kafkaFaults, warehouseFaults } from '../startup/startup-faults.js';
import { missingFile } from './missing-file.js';

const EXIT_OK = 0;
const EXIT_FAILURE = 1;

/** The result for one part. */
interface Finding {
  part: string;
  faults: readonly string[];
  /** Allowed but questionable. */
  notes: readonly string[];
  isSkipped?: boolean;
}

/**
 * `ingester check`: reports everything that would prevent a start, at once. Reads no event, joins no group and stores
 * nothing.
 *
 * @returns the exit code
 */
export async function check(env: Environment): Promise<number> {
  failOnSignals();
  const configuration = checkConfiguration(env);
  const findings = [
    configuration.finding,
    ...(await Promise.all([checkKafka(env), checkWarehouse(configuration.settings)])),
  ];
  for (const finding of findings) process.stdout.write(textOf(finding));
  if (configuration.settings === null) return EXIT_CONFIGURATION;
  return findings.some(({ faults }) => faults.length > 0) ? EXIT_FAILURE : EXIT_OK;
}

function checkConfiguration(env: Environment): { finding: Finding; settings: Settings | null } {
  const part = 'Configuration';
  try {
    const { settings, warnings } = loadSettings(env);
    return { finding: { part, faults: [], notes: warnings }, settings };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { finding: { part, faults: error.problems, notes: error.warnings }, settings: null };
  }
}

/** Also runs if the rest of the configuration is invalid. */
async function checkKafka(env: Environment): Promise<Finding> {
  const part = kafkaPart(env);
  if (part === null) return skipped('Kafka');
  const { kafka, deadLetter } = part;
  const faults = await kafkaFaults(client(part), kafka, deadLetter);
  return found(`Kafka, ${kafka.bootstrapServers.join(', ')}`, faults);
}

function kafkaPart(env: Environment): KafkaPart | null {
  try {
    return loadKafkaSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return null;
    throw error;
  }
}

/** Does not log: errors are returned. */
function client({ kafka }: KafkaPart): ReturnType<typeof kafkaClient> {
  return kafkaClient(kafka, () => () => undefined, COMMAND_RETRY_POLICY);
}

async function checkWarehouse(settings: Settings | null): Promise<Finding> {
  if (settings === null) return skipped('Warehouse');
  const part = `Warehouse, ${settings.duckDb?.path ?? `Snowflake account ${settings.snowflake?.account ?? ''}`}`;
  if (settings.duckDb !== null) {
    // Opening the file would create it.
    const missing = await missingFile(settings.duckDb.path);
    if (missing !== null) return { part, ...missing };
  }
  const { repository } = warehouseEngine(settings);
  try {
    const faults = await warehouseFaults(repository, settings.kafka);
    return found(part, faults, repository.warnings);
  } finally {
    await repository.close();
  }
}

function found(part: string, faults: readonly Fault[], notes: readonly string[] = []): Finding {
  return { part, faults: faults.map(faultText), notes };
}

function skipped(part: string): Finding {
  return { part, faults: [], notes: ['not checked: its settings are invalid'], isSkipped: true };
}

function textOf({ part, faults, notes, isSkipped }: Finding): string {
  const mark = isSkipped === true ? '-' : faults.length > 0 ? '✗' : '✓';
  const lines = [
    `${mark} ${part}`,
    ...faults.map((each) => `    ${each}`),
    ...notes.map((each) => `    ⚠ ${each}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** An interrupted check counts as failed. */
function failOnSignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(EXIT_FAILURE));
  releaseEarlySignals();
}
