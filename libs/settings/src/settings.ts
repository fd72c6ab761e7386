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
import { settingsOf, type SectionClass, type SettingProperty } from './sections/setting.js';

/** The whole configuration, typed and validated. The section of the engine that is not in use is null. */
export class Settings {
  constructor(
    readonly kafka: KafkaSettings,
    readonly warehouse: WarehouseSettings,
    readonly duckDb: DuckDbSettings | null,
    readonly snowflake: SnowflakeSettings | null,
    readonly batch: BatchSettings,
    readonly deadLetter: DeadLetterSettings,
    readonly service: ServiceSettings,
    readonly workbench: WorkbenchSettings,
    readonly log: LogSettings,
    readonly tracing: TracingSettings,
    readonly lake: LakeSettings,
  ) {}
}

/** What the archiver uses. Its consumer group and client id are in `kafka`, as those of any service. */
export type ArchiverSettings = Pick<Settings, 'kafka' | 'lake' | 'service' | 'log'>;

/** Enough for commands that need no warehouse. */
export type KafkaPart = Pick<Settings, 'kafka' | 'deadLetter'>;

/** Enough to read records and validate them. */
export type RecordsPart = Pick<Settings, 'kafka' | 'deadLetter' | 'batch' | 'lake'>;

/** Every section, in the order of the documentation. A derived default can use the sections before its own. */
export const SECTIONS: readonly SectionClass[] = [
  KafkaSettings,
  WarehouseSettings,
  DuckDbSettings,
  SnowflakeSettings,
  BatchSettings,
  DeadLetterSettings,
  ServiceSettings,
  WorkbenchSettings,
  LogSettings,
  TracingSettings,
  LakeSettings,
];

/** Every setting. */
export const SETTING_KEYS: readonly SettingProperty[] = SECTIONS.flatMap(settingsOf);

/** Keys and values for the startup log. Secrets and certificates are hidden, unset keys are left out. */
export function describeSettings(settings: Partial<Settings>): Record<string, string> {
  const described: Record<string, string> = {};
  for (const section of Object.values(settings) as (object | null)[]) {
    if (section === null || isUnused(section)) continue;
    const values = new Map<string, unknown>(Object.entries(section));
    for (const { key, property } of settingsOf(section.constructor)) {
      const value = values.get(property);
      if (value !== undefined) described[key] = shown(value);
    }
  }
  return described;
}

/** The ingester has settings of the lake only if they are in its environment as well. */
function isUnused(section: object): boolean {
  return section instanceof LakeSettings && section.location === undefined;
}

function shown(value: unknown): string {
  const text = String(value);
  if (text.includes('-----BEGIN')) return '[PEM]';
  // A query string may contain a key.
  return /^https?:\/\//i.test(text) ? text.replace(/\?.*$/s, '?[hidden]') : text;
}
