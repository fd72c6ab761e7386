import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import {
  ALL_CHECKS,
  ARCHIVER_CHECKS,
  crossCheck,
  KAFKA_CHECKS,
  RECORDS_CHECKS,
} from './checks/cross-checks.js';
import { rememberSource } from './reading/current.js';
import { readSetting, type Environment } from './reading/environment.js';
import { notSet, invalidValue, type Problem } from './reading/problem.js';
import { BatchSettings } from './sections/batch.settings.js';
import { DeadLetterSettings } from './sections/dead-letter.settings.js';
import { KafkaSettings } from './sections/kafka.settings.js';
import { LakeSettings } from './sections/lake.settings.js';
import { LogSettings } from './sections/log.settings.js';
import { ServiceSettings } from './sections/service.settings.js';
import { SnowflakeSettings } from './sections/snowflake.settings.js';
import { TracingSettings } from './sections/tracing.settings.js';
import { DuckDbSettings, WarehouseSettings } from './sections/warehouse.settings.js';
import { WorkbenchSettings } from './sections/workbench.settings.js';
import { settingsOf, type Given, type SectionClass } from './sections/setting.js';
import { SettingsError } from './reading/settings-error.js';
import { Settings, type ArchiverSettings, type KafkaPart, type RecordsPart } from './settings.js';
import { unknownKeyWarnings } from './checks/unknown-keys.js';
import { commonWarnings, warningsFor } from './checks/warnings.js';

export interface LoadedSettings {
  settings: Settings;
  /** What is allowed but questionable: one line each, without secrets. */
  warnings: string[];
}

/**
 * Loads the configuration from an environment and the files that it names.
 *
 * @throws SettingsError with every problem at once
 */
export function loadSettings(env: Environment, isTerminal: boolean = process.stdout.isTTY): LoadedSettings {
  const loading = new Loading(env, isTerminal);
  const kafka = loading.section(KafkaSettings);
  const warehouse = loading.section(WarehouseSettings);
  const settings = new Settings(
    kafka,
    warehouse,
    warehouse.engine === 'duckdb' ? loading.section(DuckDbSettings) : null,
    warehouse.engine === 'snowflake' ? loading.section(SnowflakeSettings) : null,
    loading.section(BatchSettings),
    loading.section(DeadLetterSettings),
    loading.section(ServiceSettings),
    loading.section(WorkbenchSettings),
    loading.section(LogSettings),
    loading.section(TracingSettings),
    loading.section(LakeSettings),
  );
  loading.refuse(crossCheck(ALL_CHECKS, settings, loading.given.keys, loading.faulty));
  rememberSources(settings, env, loading.given.values, () => loadSettings(env, isTerminal).settings);
  return { settings, warnings: warningsFor(settings, loading.given, env) };
}

export interface LoadedArchiverSettings {
  settings: ArchiverSettings;
  warnings: string[];
}

/**
 * Loads the configuration of the archiver, which may be in the same environment as the ingester's.
 *
 * @throws SettingsError with every problem at once
 */
export function loadArchiverSettings(
  env: Environment,
  isTerminal: boolean = process.stdout.isTTY,
): LoadedArchiverSettings {
  const loading = new Loading(env, isTerminal);
  const ingester = loading.section(KafkaSettings);
  const lake = loading.section(LakeSettings);
  const { groupId, clientId } = lake;
  const kafka = Object.assign(new KafkaSettings(), ingester, { groupId, clientId });
  const service = loading.section(ServiceSettings);
  const settings = { kafka, lake, service, log: loading.section(LogSettings) };
  const checked = { ...settings, kafka: ingester };
  loading.refuse(crossCheck(ARCHIVER_CHECKS, checked, loading.given.keys, loading.faulty));
  rememberSources(settings, env, loading.given.values, () => loadArchiverSettings(env, isTerminal).settings);
  return { settings, warnings: commonWarnings(settings, loading.given, env) };
}

/**
 * Loads only the Kafka part; the rest may be invalid.
 *
 * @throws SettingsError with every problem at once
 */
export function loadKafkaSettings(env: Environment): KafkaPart {
  const loading = new Loading(env, false);
  const part = { kafka: loading.section(KafkaSettings), deadLetter: loading.section(DeadLetterSettings) };
  loading.refuse(crossCheck(KAFKA_CHECKS, part, loading.given.keys, loading.faulty));
  rememberSources(part, env, loading.given.values, () => loadKafkaSettings(env));
  return part;
}

/**
 * Loads what reading and validating records takes; the rest may be invalid.
 *
 * @throws SettingsError with every problem at once
 */
export function loadRecordsSettings(env: Environment): RecordsPart {
  const loading = new Loading(env, false);
  const part = {
    kafka: loading.section(KafkaSettings),
    batch: loading.section(BatchSettings),
    deadLetter: loading.section(DeadLetterSettings),
    lake: loading.section(LakeSettings),
  };
  loading.refuse(crossCheck(RECORDS_CHECKS, part, loading.given.keys, loading.faulty));
  rememberSources(part, env, loading.given.values, () => loadRecordsSettings(env));
  return part;
}

function rememberSources<T extends object>(
  sections: T,
  env: Environment,
  texts: ReadonlyMap<string, string>,
  load: () => T,
): void {
  for (const name of Object.keys(sections) as (keyof T)[]) {
    const section = sections[name];
    if (typeof section === 'object' && section !== null)
      rememberSource(section, env, texts, () => load()[name] as object);
  }
}

/** Reads section by section and collects problems. The values of faulty keys must not be used. */
class Loading {
  readonly problems: Problem[] = [];
  readonly #values = new Map<string, string>();
  readonly #keys = new Set<string>();
  readonly given: Given;

  constructor(
    private readonly env: Environment,
    isTerminal: boolean,
  ) {
    const isProduction = env['NODE_ENV'] === 'production';
    this.given = { values: this.#values, keys: this.#keys, isProduction, isTerminal };
  }

  get faulty(): ReadonlySet<string> {
    return new Set(this.problems.flatMap(({ keys }) => keys));
  }

  section<T extends object>(section: SectionClass<T>): T {
    this.#read(section);
    const settings = plainToInstance(section, Object.fromEntries(this.#values), {
      excludeExtraneousValues: true,
    });
    this.#validate(section, settings);
    return settings;
  }

  /** @throws SettingsError if there are problems, including these others */
  refuse(others: readonly Problem[]): void {
    const problems = [...this.problems, ...others];
    if (problems.length === 0) return;
    throw new SettingsError(
      problems.map(({ text }) => text),
      unknownKeyWarnings(this.env),
    );
  }

  #read(section: SectionClass): void {
    const declarations = settingsOf(section);
    for (const declaration of declarations) {
      const { key } = declaration;
      const reading = readSetting(this.env, declaration);
      if (reading.kind === 'given') this.#values.set(key, reading.value);
      if (reading.kind === 'faulty') this.problems.push({ ...reading, keys: [key] });
      if (reading.kind !== 'absent') this.#keys.add(key);
    }
    for (const { key, default: value } of declarations) {
      if (this.#keys.has(key)) continue;
      const text = typeof value === 'object' ? value.from(this.given) : value;
      if (text !== undefined) this.#values.set(key, text);
    }
  }

  #validate(section: SectionClass, settings: object): void {
    const refused = new Set(validateSync(settings).map(({ property }) => property));
    const unread = this.faulty;
    for (const declaration of settingsOf(section)) {
      if (!refused.has(declaration.property) || unread.has(declaration.key)) continue;
      const value = this.#values.get(declaration.key);
      this.problems.push(value === undefined ? notSet(declaration) : invalidValue(declaration, value));
    }
  }
}
